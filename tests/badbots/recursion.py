# expect: error
# reason: RecursionError
def deeper():
    return deeper()


def act(percept):
    return deeper()
