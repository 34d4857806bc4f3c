# expect: timeout
import re


def act(percept):
    return re.match(r"(a+)+$", "a" * 64 + "b")
