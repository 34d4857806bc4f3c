# expect: load_error
# reason: it answered what it was not asked
import gc


def line():
    """The line to the referee."""
    return next(thing for thing in gc.get_objects() if type(thing).__name__ == "Wire")


line().send([0, "ready", {}])


def act(percept):
    return percept.legal_actions[0]
