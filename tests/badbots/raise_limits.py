# expect: error
# reason: Error
# needs: jail
import resource


def act(percept):
    most = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return percept.legal_actions[0]
