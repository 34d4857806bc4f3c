# expect: fine
class Move(int):
    """Whatever it is asked it lies about, but it is a whole number."""

    def __repr__(self):
        raise SystemExit

    def __index__(self):
        raise SystemExit

    def __abs__(self):
        return float("nan")

    def __lt__(self, other):
        raise SystemExit


def act(percept):
    return Move(percept.legal_actions[0])
