# expect: fine
# move: 10
printed = False


def act(percept):
    global printed
    if not printed:
        printed = True
        for _ in range(100):
            print("x" * 10**6)
    return percept.legal_actions[0]
