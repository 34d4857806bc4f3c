# expect: illegal
# reason: (float); an action is an int
def act(percept):
    return float(percept.legal_actions[0])
