# expect: timeout
def act(percept):
    while True:
        print("are we there yet? " * 1000)
