# expect: memory
# needs: jail
import numpy as np


def act(percept):
    return np.ones(1 << 40)
