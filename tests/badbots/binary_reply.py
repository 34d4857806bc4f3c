# expect: illegal
# reason: (bytes); an action is an int
def act(percept):
    return bytes(range(256)) * 1000
