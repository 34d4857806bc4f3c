# expect: error
# reason: more than 64 KiB
import gc


def line():
    """The line to the referee."""
    return next(thing for thing in gc.get_objects() if type(thing).__name__ == "Wire")


def act(percept):
    line().end.sendall(b"7" * 10_000_000)
    return percept.legal_actions[0]
