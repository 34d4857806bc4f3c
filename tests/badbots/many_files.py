# expect: fine
# move: 10
from pathlib import Path

number = 0


def act(percept):
    global number
    for _ in range(1000):
        number += 1
        Path(f"{number}.txt").touch()
    return percept.legal_actions[0]
