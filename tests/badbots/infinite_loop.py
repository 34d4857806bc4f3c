# expect: timeout
def act(percept):
    while True:
        pass
