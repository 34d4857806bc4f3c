# expect: illegal
# reason: (str); an action is an int
def act(percept):
    return "7" * 10**7
