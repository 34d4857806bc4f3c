# expect: error
# reason: it answered what it was not asked
import ctypes
import sys


def act(percept):
    frame = sys._getframe()
    while frame is not None:
        if "number" in frame.f_locals:
            frame.f_locals["number"] = 10**6
            if sys.version_info < (3, 13):
                ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
        frame = frame.f_back
    return percept.legal_actions[0]
