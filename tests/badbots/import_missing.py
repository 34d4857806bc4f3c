# expect: load_error
# reason: ModuleNotFoundError
import a_library_that_nobody_has  # noqa: F401


def act(percept):
    return percept.legal_actions[0]
