"""run(): an optimizer on a problem, and the Trajectory that it returns.

Everything is computed element by element in operations that IEEE 754 fixes. So many runs at
once equal the single runs bit for bit, and both are the same on every machine.
"""

import inspect
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import numpy as np

from .arguments import (
    common_shape,
    finite_numbers,
    name_of,
    real_numbers,
    signature_of,
    whole_number,
)
from .binding import bind, make_problem, offered
from .optimizers import rmsprop, without_checks
from .problems import LinearRegression, Quadratic
from .stopping import Moment, stopping_rules

NUMBERS_IN_A_SLICE = 10_000  # arrays of 80 kB: a few fit the cache, and malloc keeps them at hand
MOST_NUMBERS = 500_000_000  # 4 GB


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The path of one run, or of many runs at once.

    With a batch of runs of shape (k,), every shape below has k before the last axis (theta,
    gradient, effective_lr) or at the end (loss). Row 0 is the start.

    Attributes
    ----------
    problem : what was minimised
    iterations : (rows,) the iteration of each row: 0 ... n_steps, or the last alone
    theta : (rows, 2)
    effective_lr : (rows - 1, 2) of the step taken from that row; None for a rule that has none
        (with ``keep="last"``: (1, 2), of the last step)
    stopped_by, stopped_at : the name of the rule that ended the run, and the iteration
    loss, gradient : (rows,) and (rows, 2)
    diverged_at : the first iteration at which theta or the loss was no longer finite, or None;
        for many runs an integer array, -1 where a run stayed finite
    """

    problem: Quadratic
    iterations: np.ndarray
    theta: np.ndarray
    effective_lr: np.ndarray | None
    hyperparameters: dict
    stopped_by: str = "n_steps"
    stopped_at: int = 0
    _diverged_at: np.ndarray | None = field(default=None, repr=False)

    @cached_property
    def loss(self):
        return self._at_each_row(self.problem.loss, self.theta.shape[:-1])

    @cached_property
    def excess(self):
        """How far the loss lies above the minimum; None where the problem does not say."""
        excess = getattr(self.problem, "excess", None)
        return None if excess is None else self._at_each_row(excess, self.theta.shape[:-1])

    @cached_property
    def gradient(self):
        return self._at_each_row(self.problem.gradient, self.theta.shape)

    @cached_property
    def diverged_at(self):
        first = self._diverged_at
        if first is None:
            bad = _left_the_finite_numbers(self.theta, self.loss)
            first = np.where(bad.any(axis=0), bad.argmax(axis=0), -1)
        if first.ndim:
            return first
        return None if first < 0 else int(first)

    def _at_each_row(self, function, shape):
        with np.errstate(all="ignore"):
            if _takes_iteration(function):
                rows = zip(self.theta, self.iterations, strict=True)
                values = np.stack([function(theta, int(iteration)) for theta, iteration in rows])
            else:
                values = np.asarray(function(self.theta))
        if values.shape != shape:
            raise ValueError(
                f"{name_of(function)} must return shape {shape} for theta of shape "
                f"{self.theta.shape}, not {values.shape}"
            )
        return values


def run(
    problem, rule=rmsprop, n_steps=1000, *, start=None, stop=None, keep="all", **hyperparameters
):
    """Run an update rule on a problem and return its Trajectory.

        theta, state <- rule(theta, gradient(theta), state, lr=..., ...)

    Parameters
    ----------
    problem : a problem, or a function that makes one from named parameters (quadratic_bowl). A
        ``gradient`` or ``loss`` with a second parameter also gets the iteration, from 0.
    rule : a function of the form ``rule(theta, gradient, state, *, lr, ...)``
    n_steps : int, 0 or more; the run ends there at the latest
    start : (2,) the first theta, or (..., 2) for many runs; by default the problem's own
    stop : a function ``stop(before, after)`` of two Moments that is true where the run shall end,
        or a list of such; see loss_change_below, gradient_norm_below, step_below. It is asked
        after every step, so a run takes at least one.
    keep : "all" rows, or only the "last"
    **hyperparameters : a float for one run, arrays for many at once; arrays broadcast as
        NumPy's do. Those left out have the default of the rule.

    Returns
    -------
    Trajectory; theta has shape (n_steps + 1, 2), with an array of k values (n_steps + 1, k, 2).
    Divergence is no error: ``diverged_at`` names the iteration.

    Raises
    ------
    ValueError : for a hyperparameter out of range or unknown, a wrong shape, a wrong n_steps, and
        for more than 500 million numbers in theta

    Example
    -------
    >>> from rmsprop_lesson.problems import linear_regression
    >>> run(linear_regression(), lr=0.1, n_steps=1).theta[-1].round(6).tolist()
    [-0.037766, -1.058724]
    """
    n_steps = whole_number("n_steps", n_steps)
    if not isinstance(keep, str) or keep not in ("all", "last"):
        raise ValueError(f'keep must be "all" or "last", not {keep!r}')
    stops = stopping_rules(stop)
    given = bind(problem, rule, hyperparameters)
    shapes = {name: np.shape(value) for name, value in given.items()}
    problem, values = make_problem(problem, given)
    start = _start(problem, start)
    batch = common_shape(shapes | {"start": start.shape[:-1]})
    if stops and batch:
        raise ValueError(f"stop works on one run at a time, not on a batch of shape {batch}")
    _check_size(n_steps, keep, (*batch, start.shape[-1]))
    columns = {name: _column(value, batch) for name, value in values.items()}
    theta = _rows(1, (*batch, start.shape[-1]))[0]
    theta[...] = start
    with np.errstate(all="ignore"):
        if keep == "last" and batch and _runs_never_meet(problem, rule):
            record = _record_of_slices(problem, rule, columns, theta, n_steps)
        else:
            record = _record(problem, rule, columns, theta, n_steps, stops, keep == "all")
    return Trajectory(problem=problem, hyperparameters=given, **record)


def _check_size(n_steps, keep, shape):
    """Refuse what would fill the memory."""
    numbers = (n_steps + 1 if keep == "all" else 1) * prod(shape)
    if numbers > MOST_NUMBERS:
        raise ValueError(
            f"n_steps must be smaller, or the runs fewer: theta must hold at most {MOST_NUMBERS} "
            f'numbers, not {numbers}, for n_steps = {n_steps}, keep = "{keep}" and runs of shape '
            f"{shape[:-1]}"
        )


def _runs_never_meet(problem, rule):
    """Tell whether each of many runs is known to take the same steps with some of them alone."""
    ours = _is_ours(problem) and without_checks(rule) is not rule
    return ours and problem.hessian.ndim == 2 and problem.c.ndim == 1


def _record_of_slices(problem, rule, columns, theta, n_steps):
    """Return the last row of many runs, advanced in slices that fit the processor's cache."""
    size = max(1, NUMBERS_IN_A_SLICE * len(theta) // max(1, theta.size))
    records = []
    for first in range(0, max(1, len(theta)), size):
        part = slice(first, first + size)
        values = {name: each[part] if np.ndim(each) else each for name, each in columns.items()}
        records.append(_record(problem, rule, values, theta[part], n_steps, [], keep_all=False))
    joined = {"theta": 1, "effective_lr": 1, "_diverged_at": 0}
    return records[0] | {
        name: np.concatenate([each[name] for each in records], axis)
        for name, axis in joined.items()
        if records[0][name] is not None
    }


def _record(problem, rule, columns, theta, n_steps, stops, keep_all):
    """Take the steps and return what the Trajectory keeps of them."""
    gradient_at, loss_at = _with_iteration(problem.gradient), _with_iteration(problem.loss)
    is_surely_finite = problem.is_surely_finite if _is_ours(problem) else lambda theta: False
    effective_lr, step = offered(rule, "effective_lr"), without_checks(rule)
    state = offered(rule, "initial_state", np.zeros_like)(theta)
    path = _rows(n_steps + 1 if keep_all else 1, theta.shape)
    rates = _rows(n_steps if keep_all else min(n_steps, 1), theta.shape) if effective_lr else None
    diverged_at = None if keep_all else np.full(theta.shape[:-1], -1)
    after, stopped_by = None, "n_steps"
    for iteration in range(n_steps + 1):
        row = iteration if keep_all else 0
        path[row] = theta
        if not keep_all and not is_surely_finite(theta):
            bad = _left_the_finite_numbers(theta, loss_at(theta, iteration))
            diverged_at = np.where((diverged_at < 0) & bad, iteration, diverged_at)
        gradient = _same_shape(theta, gradient_at(theta, iteration), problem.gradient)
        if stops:
            loss = float(loss_at(theta, iteration))
            before, after = after, Moment(iteration, theta.copy(), loss, gradient.copy())
            fired = [stop for stop in stops if before is not None and stop(before, after)]
            if fired:
                stopped_by = name_of(fired[0])
                break
        if iteration < n_steps:
            theta, state = _step(step, theta, gradient, state, columns)
            if effective_lr and (keep_all or stops or iteration == n_steps - 1):
                rates[row] = effective_lr(state, **columns)
    return {
        "iterations": np.arange(iteration + 1) if keep_all else np.array([iteration]),
        "theta": path[: iteration + 1],
        "effective_lr": rates[:iteration] if effective_lr else None,
        "stopped_by": stopped_by,
        "stopped_at": iteration,
        "_diverged_at": diverged_at,
    }


def _is_ours(problem):
    return type(problem) in (Quadratic, LinearRegression)


def _step(rule, theta, gradient, state, columns):
    answer = rule(theta, gradient, state, **columns)
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise ValueError(f"{name_of(rule)} must return theta and its state, not {answer!r}")
    return _same_shape(theta, answer[0], rule), answer[1]


def _same_shape(theta, values, function):
    """Return what a function made of theta as an array of floats; it must be shaped like theta."""
    if type(values) is np.ndarray and values.dtype == np.float64 and values.shape == theta.shape:
        return values  # as at nearly every step
    values = real_numbers(f"what {name_of(function)} returns", values)
    if values.shape != theta.shape:
        raise ValueError(
            f"{name_of(function)} must return shape {theta.shape} for theta of that shape, "
            f"not {values.shape}"
        )
    return values


def _start(problem, start):
    own = getattr(problem, "start", None)
    if start is None and own is None:
        raise ValueError("start must be given here, not None: the problem has none of its own")
    start = finite_numbers("start", own if start is None else start)
    n = np.shape(own)[-1:] or start.shape[-1:]
    if not n or start.shape[-1:] != n:
        raise ValueError(f"start must have shape {n or '(n,)'}, not {start.shape}")
    return start


def _column(value, batch):
    """Return an array's values for all runs, with an axis for the coordinates; else the value."""
    if np.ndim(value) == 0:
        return value
    column = np.broadcast_to(value, batch).copy()[..., None]
    column.flags.writeable = False
    return column


def _rows(number, shape):
    """Return memory for rows of a shape (..., n), each coordinate an array of its own."""
    return np.moveaxis(np.empty((number, shape[-1], *shape[:-1])), 1, -1)


def _left_the_finite_numbers(theta, loss):
    return ~(np.isfinite(loss) & np.isfinite(theta).all(axis=-1))


def _takes_iteration(function):
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = signature_of(function).parameters.values()
    return sum(each.kind in positional for each in parameters) > 1


def _with_iteration(function):
    return function if _takes_iteration(function) else lambda theta, iteration: function(theta)
