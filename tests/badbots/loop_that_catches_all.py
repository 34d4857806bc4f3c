# expect: timeout
import signal


def act(percept):
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, lambda *_: None)
        except (OSError, ValueError):
            continue
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
