# expect: fine
import json
import os


def act(percept):
    for number in range(20):
        print(json.dumps([number, 4]))
        os.write(1, b'[%d, "illegal", "the other one cheats"]\n' % number)
    return percept.legal_actions[0]
