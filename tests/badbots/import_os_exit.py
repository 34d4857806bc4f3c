# expect: load_error
# reason: its process ended (exit code 0)
import os

os._exit(0)
