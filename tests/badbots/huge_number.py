# expect: illegal
# reason: returned a huge number
def act(percept):
    return 1 << 10**6
