# expect: error
# reason: ValueError
made = 0


class Agent:
    def __init__(self):
        global made
        made += 1
        if made > 1:  # the first is made when the file is loaded, the second for the first game
            raise ValueError("one game is one too many")

    def act(self, percept):
        return percept.legal_actions[0]
