"""Threads that get in each other's way as often as they can."""

import sys
import threading


def at_once(work, n):
    """Run work(0) to work(n - 1), each in a thread of its own, which take turns all the time."""
    interval = sys.getswitchinterval()
    threads = [threading.Thread(target=work, args=(i,)) for i in range(n)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
