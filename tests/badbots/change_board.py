# expect: error
# reason: read-only
def act(percept):
    percept.board[:] = 1
    return percept.legal_actions[0]
