# expect: timeout
def act(percept):
    return 3 ** (10**9) % 9
