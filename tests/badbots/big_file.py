# expect: error
# reason: OSError: [Errno 27] File too large
# needs: jail
# move: 5
from pathlib import Path


def act(percept):
    with Path("big").open("wb") as file:
        while True:
            file.write(bytes(1 << 20))
