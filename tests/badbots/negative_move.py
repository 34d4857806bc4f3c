# expect: illegal
# reason: played -1; legal:
def act(percept):
    return -1
