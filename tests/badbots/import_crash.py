# expect: load_error
# reason: ZeroDivisionError
1 / 0  # noqa: B018
