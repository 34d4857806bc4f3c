# expect: memory or error
# move: 10
# memory: 64
import sys


def deeper():
    return deeper()


def act(percept):
    sys.setrecursionlimit(10**9)
    return deeper()
