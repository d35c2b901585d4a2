"""When a run shall end: stopping rules, each a function of two moments of one run."""

from typing import NamedTuple

import numpy as np

from .arguments import positive_number


class Moment(NamedTuple):
    """What a stopping rule sees of one iteration of a single run."""

    iteration: int
    theta: np.ndarray
    loss: float
    gradient: np.ndarray


def loss_change_below(limit):
    """Return a stopping rule: the loss changed by less than limit in the last step."""
    limit = positive_number("limit", limit)
    return _named(
        f"change of the loss < {limit:g}",
        lambda before, after: abs(after.loss - before.loss) < limit,
    )


def gradient_norm_below(limit):
    """Return a stopping rule: the Euclidean length of the gradient is less than limit."""
    limit = positive_number("limit", limit)
    return _named(
        f"length of the gradient < {limit:g}", lambda before, after: _length(after.gradient) < limit
    )


def step_below(limit):
    """Return a stopping rule: the Euclidean length of the last step is less than limit."""
    limit = positive_number("limit", limit)
    return _named(
        f"length of the step < {limit:g}",
        lambda before, after: _length(after.theta - before.theta) < limit,
    )


def stopping_rules(stop):
    """Return stop, which is None, a stopping rule or a list of them, as a list."""
    stops = [] if stop is None else list(stop) if isinstance(stop, (list, tuple)) else [stop]
    for each in stops:
        if not callable(each):
            raise ValueError(f"stop must be a function of two moments, not {each!r}")
    return stops


def _length(vector):
    return float(np.sqrt((vector * vector).sum()))


def _named(name, function):
    function.__name__ = name
    return function
