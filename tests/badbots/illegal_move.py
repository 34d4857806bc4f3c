# expect: illegal
# reason: played 9; legal:
def act(percept):
    return 9
