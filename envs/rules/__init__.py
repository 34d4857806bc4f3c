"""The rules of every game, each written once, for Python ints and for int64 tensors alike."""
