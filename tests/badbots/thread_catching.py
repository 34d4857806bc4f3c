# expect: fine
# needs: jail
import threading
import time

nodes = 0


def think():
    global nodes
    while True:
        nodes += 1
        time.sleep(0.001)


def act(percept):
    try:
        threading.Thread(target=think, daemon=True).start()
    except RuntimeError:
        print(nodes, "nodes searched on the opponent's time")
    return percept.legal_actions[0]
