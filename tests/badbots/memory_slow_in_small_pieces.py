# expect: memory
# needs: jail
# move: 20
kept = None


def act(percept):
    global kept
    while True:
        kept = [kept]
