# expect: error
# reason: PermissionError
# needs: jail
import socket


def act(percept):
    socket.create_connection(("127.0.0.1", 9), timeout=0.1)
    return percept.legal_actions[0]
