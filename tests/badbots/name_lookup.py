# expect: error
# reason: gaierror
# needs: jail
import socket


def act(percept):
    socket.gethostbyname("www.example.org")
    return percept.legal_actions[0]
