# expect: error
# reason: what it sent is no answer
import gc
import sys


def line():
    """The line to the referee."""
    return next(thing for thing in gc.get_objects() if type(thing).__name__ == "Wire")


def act(percept):
    frame = sys._getframe()
    while "number" not in frame.f_locals:
        frame = frame.f_back
    line().send([frame.f_locals["number"], {"played": [None] * 1000}])
    return percept.legal_actions[0]
