# expect: load_error
# reason: SyntaxError
import random


def act(percept):
    random.shuffle(list(percept.legal_actions))
    break  # noqa: F701
