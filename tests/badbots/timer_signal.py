# expect: fine
import signal
import sys

signal.signal(signal.SIGALRM, lambda *_: sys.exit("time is up"))


def act(percept):
    signal.setitimer(signal.ITIMER_REAL, 10)  # a bot's own clock: allowed, and its own business
    return percept.legal_actions[0]
