"""The median of repeated runs."""

import statistics
import time


def median(work, seconds, warm_ups=3, least=5):
    """The median time of `work()` in milliseconds over at least `seconds`."""
    for _ in range(warm_ups):
        work()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)
