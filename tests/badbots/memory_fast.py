# expect: memory
# needs: jail
def act(percept):
    return bytearray(1 << 40)
