# expect: timeout
def act(percept):
    return sum(range(10**13)) % 9
