# expect: memory
# needs: jail
# move: 10
kept = []


def act(percept):
    while True:
        kept.append(bytearray(100_000))
