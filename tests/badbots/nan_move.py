# expect: illegal
# reason: returned nan (float)
def act(percept):
    return float("nan")
