# expect: fine
import gc
import json


def line():
    """The line to the referee."""
    return next(thing for thing in gc.get_objects() if type(thing).__name__ == "Wire")


def slowly(message):
    for byte in json.dumps(message).encode() + b"\n":
        end.sendall(bytes([byte]))


end = line().end
line().send = slowly


def act(percept):
    return percept.legal_actions[0]
