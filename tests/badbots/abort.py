# expect: error
# reason: its process ended (SIGABRT)
import os


def act(percept):
    os.abort()
