# expect: error
# reason: ValueError: where is my notebook? (exception_at_ply_3.py, line
import numpy as np


def act(percept):
    if np.count_nonzero(percept.board) >= 2:
        raise ValueError("where is my notebook?")
    return percept.legal_actions[0]
