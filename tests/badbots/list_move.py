# expect: illegal
# reason: (list); an action is an int
def act(percept):
    return [percept.legal_actions[0]]
