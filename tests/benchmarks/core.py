"""Print what the numerical core costs, beside the usual way, measured in the same run.

    python tests/benchmarks/core.py

The ratios say more than the seconds: both sides of each ran on the same machine, one after the
other. Each number is the best of several rounds.
"""

import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from article import article_loop  # noqa: E402

from rmsprop_lesson.dials import POSITIONS, build_atlas  # noqa: E402
from rmsprop_lesson.problems import least_squares, linear_regression  # noqa: E402
from rmsprop_lesson.trajectory import run  # noqa: E402

PROBLEM = linear_regression()
RATES = np.geomspace(1e-3, 1, 101)


def seconds(function, rounds=7):
    """Return the shortest time of several rounds."""
    shortest = np.inf
    for _ in range(rounds):
        before = time.perf_counter()
        function()
        shortest = min(shortest, time.perf_counter() - before)
    return shortest


def peak_megabytes(function):
    """Return how much more memory Python and NumPy held at most."""
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def a_new_atlas():
    """Build the default atlas for a problem that none is kept for yet."""
    return build_atlas(least_squares(PROBLEM.X, PROBLEM.y, PROBLEM.start))


def last_rows():
    """Run 10,000 learning rates for 1000 steps and keep the last row of each."""
    return run(PROBLEM, n_steps=1000, lr=np.geomspace(1e-3, 1, 10_000), keep="last")


def main():
    one = seconds(lambda: run(PROBLEM, n_steps=200))
    plain = seconds(lambda: article_loop(200))
    batch = seconds(lambda: run(PROBLEM, n_steps=200, lr=RATES))
    each = seconds(lambda: [run(PROBLEM, n_steps=200, lr=lr) for lr in RATES], rounds=2)
    atlas = seconds(a_new_atlas)
    kept = seconds(lambda: build_atlas(PROBLEM))
    runs = np.prod([len(values) for values in POSITIONS.values()])
    weight = build_atlas(PROBLEM).nbytes / 1e6
    last = seconds(last_rows, rounds=1)
    rows = [
        ("one run of 200 steps", one, f"{one / plain:.1f} times the article's plain loop"),
        ("101 runs at once", batch, f"{batch / one:.1f} times one run (allowed: 10)"),
        ("101 runs one by one", each, f"{each / batch:.0f} times all at once"),
        ("the atlas, 9842 runs", atlas, f"{runs * one / atlas:.0f} times faster than one by one"),
        (
            "the atlas, once kept",
            kept,
            f"{peak_megabytes(a_new_atlas):.0f} MB, {weight:.2f} MB packed",
        ),
        (
            "10,000 runs, 1000 steps",
            last,
            f"{peak_megabytes(last_rows):.0f} MB, the last rows kept",
        ),
    ]
    for what, needed, compared in rows:
        print(f"{what:24} {needed * 1000:9.2f} ms   {compared}")
    print("allowed for the atlas: 600 ms, 60 MB, 1.5 MB packed")


if __name__ == "__main__":
    main()
