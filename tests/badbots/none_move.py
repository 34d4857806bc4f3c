# expect: illegal
# reason: returned None (NoneType)
def act(percept):
    return None
