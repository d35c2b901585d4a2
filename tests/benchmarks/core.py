"""What runs, the atlas and a sweep cost, beside the usual ways, in one process.

The ratios say more than the seconds: all sides of each ran on the same machine, one after the
other. Each number is the best of several rounds. Run as a program, this prints the table, in any
environment that has NumPy; where it has PyTorch or Optax, too, they are measured beside, once they
have been seen to compute the same. The article's loop and PyTorch take the gradient from the 100
points, as a reader writes it; run and Optax from the quadratic form.
"""

import os
import sys
import time
import tracemalloc
from importlib.util import find_spec
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from article import article_loop  # noqa: E402

from rmsprop_lesson.atlas import build_atlas  # noqa: E402
from rmsprop_lesson.keeping import FOLDER  # noqa: E402
from rmsprop_lesson.problems import least_squares, linear_regression  # noqa: E402
from rmsprop_lesson.trajectory import run  # noqa: E402

PROBLEM = linear_regression()
STEPS = 1000
SWEEP = np.geomspace(1e-3, 1, 10_000)


def seconds(function, rounds=5):
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
    """Build the default atlas, for a problem that none is kept for, in memory or on the disk."""
    os.environ[FOLDER] = ""
    return build_atlas(least_squares(PROBLEM.X, PROBLEM.y, PROBLEM.start))


def sweep():
    """Run 10,000 learning rates for 1000 steps and keep the last row of each."""
    return run(PROBLEM, n_steps=STEPS, lr=SWEEP, keep="last")


def torch_run(steps=STEPS):
    """Return the last theta of torch.optim.RMSprop, written as its documentation shows it.

    It adds eps outside the root, which up to step 100 makes a difference of some 1e-10.
    """
    import torch

    X, y = (torch.tensor(each) for each in (PROBLEM.X, PROBLEM.y))
    with_ones = torch.cat([torch.ones_like(X), X], dim=1)
    theta = torch.tensor(PROBLEM.start[:, None].copy(), requires_grad=True)
    optimizer = torch.optim.RMSprop([theta], lr=0.1, alpha=0.9, eps=1e-8)
    for _ in range(steps):
        optimizer.zero_grad()
        ((with_ones @ theta - y) ** 2).mean().backward()
        optimizer.step()
    return theta.detach().numpy()[:, 0]


def optax_runs(steps=STEPS):
    """Return functions for the last theta of one run and of the sweep, compiled and run once."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import optax

    hessian, c = jnp.array(PROBLEM.hessian), jnp.array(PROBLEM.c)

    def last_theta(lr):
        optimizer = optax.rmsprop(lr, decay=0.9, eps=1e-8, eps_in_sqrt=True)

        def step(carried, _):
            theta, state = carried
            updates, state = optimizer.update(hessian @ theta - c, state)
            return (optax.apply_updates(theta, updates), state), None

        start = jnp.array(PROBLEM.start)
        return jax.lax.scan(step, (start, optimizer.init(start)), length=steps)[0][0]

    one, many = jax.jit(last_theta), jax.jit(jax.vmap(last_theta))
    one(0.1).block_until_ready(), many(SWEEP).block_until_ready()
    return lambda: one(0.1).block_until_ready(), lambda: many(SWEEP).block_until_ready()


def check_same(name, theta, lr=0.1):
    """Refuse to compare with what has other thetas after 100 steps."""
    ours = run(PROBLEM, n_steps=100, lr=lr, keep="last").theta[0]
    difference = np.abs(np.asarray(theta) - ours).max()
    if not difference < 1e-9:
        raise AssertionError(f"{name} differs from run by {difference:.2g} after 100 steps")


def check_torch():
    """See that torch.optim.RMSprop computes what run computes."""
    check_same("torch.optim.RMSprop", torch_run(steps=100))


def check_optax():
    """See that optax.rmsprop computes what run computes; above lr 0.1 rounding grows too soon."""
    one, many = optax_runs(steps=100)
    steady = SWEEP <= 0.1
    check_same("optax.rmsprop", one())
    check_same("optax.rmsprop with vmap", np.asarray(many())[steady], lr=SWEEP[steady])


def measure():
    """Return rows of what is measured, its seconds, and the figure that it is compared by."""
    one, many = seconds(lambda: run(PROBLEM, n_steps=STEPS)), seconds(sweep, rounds=3)
    plain = seconds(lambda: article_loop(STEPS))
    atlas, kept = seconds(a_new_atlas, rounds=3), seconds(lambda: build_atlas(PROBLEM))
    weight = build_atlas(PROBLEM).nbytes / 1e6
    rows = [
        ("one run of 1000 steps", one, ""),
        ("the article's loop, 1000 steps", plain, f"{plain / one:.2f} times run()"),
        ("10,000 runs of 1000 steps", many, f"{peak_megabytes(sweep):.0f} MB at most"),
        (
            "the article's loop 10,000 times",
            10_000 * plain,
            f"{10_000 * plain / many:.0f} times run(); counted from one",
        ),
        (
            f"the default atlas, {build_atlas(PROBLEM).runs} runs of 200 steps",
            atlas,
            f"{peak_megabytes(a_new_atlas):.0f} MB at most, {weight:.2f} MB packed",
        ),
        ("the atlas, once kept", kept, ""),
    ]
    if find_spec("torch"):
        check_torch()
        torch = seconds(torch_run)
        rows.append(("torch.optim.RMSprop, 1000 steps", torch, f"{torch / one:.2f} times run()"))
    if find_spec("optax"):
        check_optax()
        single, batch = map(seconds, optax_runs())
        rows.append(("optax.rmsprop under jit, 1000 steps", single, f"{single / one:.3f} times"))
        rows.append(("optax.rmsprop, jit and vmap, 10,000", batch, f"{batch / many:.2f} times"))
    return rows


def main():
    for what, needed, compared in measure():
        print(f"{what:42} {needed * 1000:11.2f} ms   {compared}")


if __name__ == "__main__":
    main()
