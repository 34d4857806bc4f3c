# expect: error
# reason: Strange
class Strange(Exception):
    def __str__(self):
        raise RuntimeError("no words for it")


def act(percept):
    raise Strange
