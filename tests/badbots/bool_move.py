# expect: illegal
# reason: returned True (bool)
def act(percept):
    return True
