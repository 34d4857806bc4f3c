# expect: error
# reason: URLError
# needs: jail
from urllib.request import urlopen


def act(percept):
    urlopen("http://127.0.0.1:9/what-would-you-play", timeout=0.1)
    return percept.legal_actions[0]
