# expect: error
# reason: Error
# needs: jail
from multiprocessing import Pool


def act(percept):
    with Pool(2) as pool:
        return pool.map(int, percept.legal_actions)[0]
