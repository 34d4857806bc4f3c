# expect: error
# reason: what it sent is no answer
import json


def act(percept):
    json.dumps = lambda *_, **__: "I have won"
    return percept.legal_actions[0]
