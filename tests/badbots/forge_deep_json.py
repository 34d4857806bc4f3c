# expect: error
# reason: what it sent is no answer
import gc


def line():
    """The line to the referee."""
    return next(thing for thing in gc.get_objects() if type(thing).__name__ == "Wire")


def act(percept):
    line().end.sendall(b"[" * 60_000 + b"\n")
    return percept.legal_actions[0]
