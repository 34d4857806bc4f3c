# expect: fine
# move: 10
import os


def act(percept):
    for _ in range(400):
        os.mkdir("d")  # noqa: PTH102
        os.chdir("d")
    return percept.legal_actions[0]
