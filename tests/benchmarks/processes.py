"""What processes take, and that none is left in the end."""

import contextlib
import statistics

import psutil


@contextlib.contextmanager
def ended_in_the_end():
    """End what is left of the processes that were started inside."""
    before, started = set(psutil.Process().children(recursive=True)), set()
    try:
        yield started
    finally:
        left = set(psutil.Process().children(recursive=True)) - before
        for each in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(left, timeout=10)


def used(process):
    """Return the CPU time that a process has used so far, in seconds."""
    times = process.cpu_times()
    return times.user + times.system


def megabytes(process):
    """Return a process's share of the memory where the system tells it, else what it touches."""
    held = process.memory_full_info()
    return getattr(held, "pss", held.rss) / 1e6


def summary(values):
    values = sorted(values)
    return {
        "median": statistics.median(values),
        "p95": values[min(len(values) - 1, int(0.95 * len(values)))],
        "last": values[-1],
        "n": len(values),
    }
