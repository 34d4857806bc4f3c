# expect: error
# reason: its process ended (exit code 3)
import os


def act(percept):
    os._exit(3)
