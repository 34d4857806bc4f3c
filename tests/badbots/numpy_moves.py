# expect: fine
import numpy as np

KINDS = (np.int64, np.uint8, np.array)


class Agent:
    def __init__(self):
        self.moves = 0

    def act(self, percept):
        self.moves += 1
        return KINDS[self.moves % len(KINDS)](percept.legal_actions[0])
