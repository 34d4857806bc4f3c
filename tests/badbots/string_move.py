# expect: illegal
# reason: (str); an action is an int
def act(percept):
    return str(percept.legal_actions[0])
