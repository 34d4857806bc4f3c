# expect: error
# reason: RuntimeError: can't start new thread
# needs: jail
import threading

nodes = 0


def think():
    """On the opponent's time."""
    global nodes
    while True:
        nodes += 1


class Agent:
    def __init__(self):
        self.thread = threading.Thread(target=think, daemon=True)

    def act(self, percept):
        if not self.thread.is_alive():
            self.thread.start()
        print(nodes)
        return percept.legal_actions[0]
