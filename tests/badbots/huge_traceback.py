# expect: error
# reason: RecursionError
# move: 2
import sys

sys.setrecursionlimit(100_000)


def deeper(number):
    return deeper(number + 1) if number % 7 else deeper(number + 2)


def act(percept):
    return deeper(0)
