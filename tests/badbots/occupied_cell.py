# expect: illegal
# reason: ; legal:
import numpy as np


def act(percept):
    taken = np.flatnonzero(percept.board)
    return int(taken[0]) if len(taken) else percept.legal_actions[0]
