"""The lab for stopping rules: what each rule looks at, and where it would end the run."""

from functools import partial

import numpy as np

from ..charts import Chart, Panel, Series
from ..dials import dial
from ..figures import COLOURS, DASHES, INK
from ..problems import linear_regression
from ..trajectory import run
from .cycle_lab import each_in_words

N_STEPS = 300
TOLERANCE = tuple(float(f"1e-{power}") for power in range(10, 0, -1))
LR = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
BETA = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98)
RULES = {"change": "change of the loss", "gradient": "length of the gradient"}
RULES |= {"step": "length of the step"}


def watched(path):
    """Return what the three stopping rules look at: dict of name to an array shaped like the loss.

    ``change`` of the loss and length of the ``step`` are those of the step that led to a row, NaN
    at the start; ``gradient`` is the length of the gradient there.

    Parameters
    ----------
    path : a Trajectory, of one run or of many
    """
    change = np.full_like(path.loss, np.nan)
    step = change.copy()
    change[1:] = np.abs(np.diff(path.loss, axis=0))
    step[1:] = _length(np.diff(path.theta, axis=0))
    return {"change": change, "gradient": _length(path.gradient), "step": step}


def fires_at(values, tolerance):
    """Return the first iteration from 1 on at which values are below the tolerance, or -1.

    Parameters
    ----------
    values : (rows,) or (rows, k)
    tolerance : float or (k,)

    Returns
    -------
    int array of shape () or (k,)
    """
    below = values[1:] < tolerance
    return np.where(below.any(axis=0), below.argmax(axis=0) + 1, -1)


def stopping_series(problem, n_steps=N_STEPS, *, tolerance, lr, beta):
    """Return what the lab for stopping rules shows: dict of name to (n_steps + 1,).

    What the rules look at, the ``tolerance``, the ``excess`` loss of the whole run, and for each
    rule the excess that is left where it ends the run, from that iteration on (``left by change``
    ...); NaN before, and where it never fires.

    Parameters
    ----------
    problem : a problem with ``excess``
    n_steps : int
    tolerance, lr, beta : floats, or arrays (k,) for k settings; then (n_steps + 1, k) is returned
    """
    path = run(problem, n_steps=n_steps, lr=lr, beta=beta)
    series = watched(path) | {
        "tolerance": np.multiply.outer(np.ones(n_steps + 1), tolerance),
        "excess": path.excess,
    }
    iteration = np.indices(path.excess.shape)[0]
    for rule in RULES:
        first = fires_at(series[rule], tolerance)
        left = np.take_along_axis(path.excess, first[None], axis=0)
        stopped = (first >= 0) & (iteration >= first)
        series[f"left by {rule}"] = np.where(stopped, left, np.nan)
    return series


def in_words(series):
    """Say of one setting where each rule fires, and how far the loss is from its minimum there."""
    told = []
    for rule, name in RULES.items():
        left = series[f"left by {rule}"]
        fired = np.flatnonzero(np.isfinite(left))
        if fired.size:
            told.append(f"{name}: stops at {fired[0]}, {left[-1]:.1e} above the minimum")
        else:
            told.append(f"{name}: does not stop the run")
    return f"By the {'; by the '.join(told)}."


def stopping_lab():
    """Return the chart of what the stopping rules look at, with a dial for their tolerance."""
    problem = linear_regression()
    tolerance = dial(
        "tolerance",
        TOLERANCE,
        first=1e-4,
        meaning="A rule ends the run when what it looks at is smaller.",
    )
    return Chart(
        partial(_compute, problem),
        (tolerance, dial("lr", LR), dial("beta", BETA)),
        _panels(),
        title="Stopping rules",
        n_steps=N_STEPS,
        many=partial(_compute_many, problem),
    )


@np.errstate(all="ignore")  # whatever is typed
def _compute(problem, **setting):
    series = stopping_series(problem, **setting)
    return series | {"says": in_words(series)}


def _compute_many(problem, **settings):
    series = stopping_series(problem, **settings)
    return series | {"says": each_in_words(in_words, series)}


def _panels():
    look = {
        rule: {"colour": COLOURS[place], "dashes": DASHES[place]}
        for place, rule in enumerate(RULES)
    }
    over_iterations = {"xlim": (0, N_STEPS), "ylim": (1e-13, 1e2), "log": True}
    seen = Panel(
        "rules",
        "What the rules look at",
        lines=(
            *(Series(rule, name, **look[rule]) for rule, name in RULES.items()),
            Series("tolerance", "tolerance", False, INK, (1, 2), marked=False),
        ),
        **over_iterations,
    )
    left = Panel(
        "left",
        "Loss above its minimum",
        lines=(
            Series("excess", "of the whole run", told=False, colour=INK, dashes=(), width=1.2),
            *(
                Series(
                    f"left by {rule}",
                    f"stopped by {rule}",
                    told=False,
                    width=2.8,
                    marked=False,
                    **look[rule],
                )
                for rule in RULES
            ),
        ),
        **over_iterations,
    )
    return seen, left


def _length(vectors):
    return np.sqrt((vectors * vectors).sum(axis=-1))
