# expect: load_error
# reason: SystemExit
import sys

sys.exit("thank you, I have played enough")
