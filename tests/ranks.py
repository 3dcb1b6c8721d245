"""Ranks that are threads of this process: for what needs no MPI."""

import threading

import numpy as np

WITHIN_S = 60


class Rank:
    """One of n, as digitnet.nn.ranks.Ranks has them."""

    def __init__(self, number, n, barriers, given):
        self.number, self.n, self._barriers, self._given = number, n, barriers, given
        self.stop, self.asks_to_stop = False, lambda: False
        self.n_sums = 0

    def sum(self, array, among=()):
        self.n_sums += 1
        among = among or tuple(range(self.n))
        barrier = self._barriers[among]
        self._given[self.number] = array
        barrier.wait()
        total = np.sum([self._given[each] for each in among], axis=0, dtype=array.dtype)
        barrier.wait()
        array[...] = total


class Barriers(dict):
    """For each group of ranks one, for all threads to meet at."""

    def __init__(self):
        super().__init__()
        self._lock = threading.Lock()

    def __missing__(self, among):
        with self._lock:
            return self.setdefault(among, threading.Barrier(len(among), timeout=WITHIN_S))

    def abort(self):
        for barrier in self.values():
            barrier.abort()


def on_ranks(n, do):
    """[do(rank) of each of n ranks]. Raises what the first of them raised that did."""
    barriers, given = Barriers(), [None] * n
    results, problems = [None] * n, []

    def run(number):
        try:
            results[number] = do(Rank(number, n, barriers, given))
        except Exception as error:
            problems.append(error)
            barriers.abort()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return results
