# expect: error
# reason: Rename\x1b[2J: \x1b]0;owned\x07 Nothing (exception_with_escapes.py, line
Rename = type("Rename\x1b[2J", (Exception,), {})


def act(percept):
    print("\x1b[31mred\x1b[0m and \x9b31m and \u202edrawkcab")
    raise Rename("\x1b]0;owned\x07\nNothing")
