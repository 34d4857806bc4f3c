# expect: load_error
# reason: not loaded after
while True:
    pass
