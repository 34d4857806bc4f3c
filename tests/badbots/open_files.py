# expect: error
# reason: OSError: [Errno 24] Too many open files
# needs: jail
kept = []


def act(percept):
    while True:
        kept.append(open(__file__))  # noqa: PTH123, SIM115
