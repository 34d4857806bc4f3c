# expect: error
# reason: PermissionError
# needs: jail
import ctypes
import os

PTRACE_ATTACH = 16


def act(percept):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(PTRACE_ATTACH, os.getppid(), None, None) < 0:
        raise PermissionError(ctypes.get_errno(), "ptrace")
    return percept.legal_actions[0]
