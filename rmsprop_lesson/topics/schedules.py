"""Schedules: a learning rate that falls, and the mean of the last two points."""

from functools import partial

import numpy as np

from ..arguments import whole_number
from ..charts import Chart, Panel, Series
from ..dials import dial
from ..figures import INK
from ..optimizers import rmsprop
from ..problems import linear_regression

N_STEPS = 1000
LR = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
MEAN = "mean of two points"


def schedules(n_steps=N_STEPS):
    """Return the factors of lr for the steps 1, 2, 3 ...: dict of name to (n_steps,).

    Powers of 0.99 are multiplied one after the other, so that they are the same on every machine.
    """
    n_steps = whole_number("n_steps", n_steps)
    t = np.arange(1, n_steps + 1)
    return {
        "constant": np.ones(n_steps),
        "halved every 100": 0.5 ** ((t - 1) // 100),
        "lr/√t": 1 / np.sqrt(t),
        "lr·0.99ᵗ": np.cumprod(np.full(n_steps, 0.99)),
    }


def excess_of_schedules(problem, lr, n_steps=N_STEPS):
    """Return the excess loss of RMSProp under each schedule, and of the mean of two points.

    Parameters
    ----------
    problem : a Quadratic
    lr : float or array (k,), what the factors multiply
    n_steps : int

    Returns
    -------
    dict of name to (n_steps + 1,) or (n_steps + 1, k). "mean of two points" is the excess at the
    middle of each point and the one before it, with a constant lr; NaN at the start.
    """
    factors = schedules(n_steps)
    shape = (len(factors), *np.shape(lr), problem.start.size)
    theta, average = np.broadcast_to(problem.start, shape), np.zeros(shape)
    path = np.empty((n_steps + 1, *shape))
    path[0] = theta
    for t, factor in enumerate(zip(*factors.values(), strict=True), start=1):
        rates = np.multiply.outer(factor, lr)[..., None]
        theta, average = rmsprop(theta, problem.gradient(theta), average, lr=rates)
        path[t] = theta
    excess = {name: problem.excess(path[:, place]) for place, name in enumerate(factors)}
    mean = np.full_like(excess["constant"], np.nan)
    mean[1:] = problem.excess((path[1:, 0] + path[:-1, 0]) / 2)
    return excess | {MEAN: mean}


def lr_where_epsilon_takes_over(problem, epsilon=1e-8):
    """Return the lr below which every step is stable, 2 √epsilon / λmax(H)."""
    return 2 * np.sqrt(epsilon) / problem.curvatures()[-1]


def schedule_lab():
    """Return the chart of the excess loss and the learning rate under each schedule."""
    problem = linear_regression()
    over_iterations = {"xlim": (0, N_STEPS), "log": True}
    mean = Series(MEAN, MEAN, colour=INK, dashes=(1, 2))
    limit = Series("limit", "below it epsilon takes over", False, INK, (1, 2), marked=False)
    panels = (
        Panel(
            "excess",
            "Loss above its minimum",
            ylim=(1e-13, 1e7),  # room for the names of the lines above the lines
            lines=(*(Series(name, name) for name in schedules()), mean),
            **over_iterations,
        ),
        Panel(
            "lr",
            "Learning rate",
            ylim=(1e-6, 2),
            lines=(*(Series(_rate(name), name, told=False) for name in schedules()), limit),
            **over_iterations,
        ),
    )
    return Chart(
        partial(_compute, problem),
        (dial("lr", LR),),
        panels,
        title="Loss above its minimum",
        n_steps=N_STEPS,
        many=partial(_compute, problem),
    )


@np.errstate(all="ignore")  # whatever is typed
def _compute(problem, lr):
    rates = {
        _rate(name): np.multiply.outer(factors, lr)
        for name, factors in schedules(N_STEPS + 1).items()
    }
    limit = np.full_like(rates[_rate("constant")], lr_where_epsilon_takes_over(problem))
    return excess_of_schedules(problem, lr) | rates | {"limit": limit}


def _rate(name):
    return f"rate of {name}"
