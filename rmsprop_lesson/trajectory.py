"""run(): an optimizer on a problem, and the Trajectory that it returns.

Everything is computed element by element in operations that IEEE 754 fixes. So many runs at
once equal the single runs bit for bit, and both are the same on every machine.
"""

import inspect
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .optimizers import HYPERPARAMETERS, rmsprop, rule_parameters
from .problems import Quadratic
from .stopping import Moment, stopping_rules


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
        return self._at_each_row(self.problem.loss)

    @cached_property
    def excess(self):
        """How far the loss lies above the minimum; None where the problem has none."""
        excess = getattr(self.problem, "excess", None)
        return None if excess is None else self._at_each_row(excess)

    @cached_property
    def gradient(self):
        return self._at_each_row(self.problem.gradient)

    @cached_property
    def diverged_at(self):
        first = self._diverged_at
        if first is None:
            bad = ~(np.isfinite(self.loss) & np.isfinite(self.theta).all(axis=-1))
            first = np.where(bad.any(axis=0), bad.argmax(axis=0), -1)
        if first.ndim:
            return first
        return None if first < 0 else int(first)

    def _at_each_row(self, function):
        with np.errstate(all="ignore"):
            if not _takes_iteration(function):
                return function(self.theta)
            rows = zip(self.theta, self.iterations, strict=True)
            return np.stack([function(theta, int(iteration)) for theta, iteration in rows])


def run(
    problem, rule=rmsprop, n_steps=1000, *, start=None, stop=None, keep="all", **hyperparameters
):
    """Run an update rule on a problem and return its Trajectory.

        theta, state <- rule(theta, gradient(theta), state, lr=..., ...)

    Parameters
    ----------
    problem : a problem, or a function that makes one from named parameters (quadratic_bowl)
    rule : a function of the form ``rule(theta, gradient, state, *, lr, ...)``
    n_steps : int, 0 or more; the run ends there at the latest
    start : (2,) the first theta; by default the problem's own
    stop : a function ``stop(before, after)`` of two Moments that is true where the run shall end,
        or a list of such; see loss_change_below, gradient_norm_below, step_below
    keep : "all" rows, or only the "last"
    **hyperparameters : a float for one run, arrays for many at once; arrays broadcast as
        NumPy's do. Those left out have the default of the rule.

    Returns
    -------
    Trajectory; theta has shape (n_steps + 1, 2), with an array of k values (n_steps + 1, k, 2).
    Divergence is no error: ``diverged_at`` names the iteration.

    Raises
    ------
    ValueError : for a hyperparameter out of range or unknown, a wrong shape, a wrong n_steps

    Example
    -------
    >>> from rmsprop_lesson.problems import linear_regression
    >>> run(linear_regression(), lr=0.1, n_steps=1).theta[-1].round(6).tolist()
    [-0.037766, -1.058724]
    """
    n_steps = _whole_number("n_steps", n_steps)
    if keep not in ("all", "last"):
        raise ValueError(f'keep must be "all" or "last", not {keep!r}')
    given = _bind(problem, rule, hyperparameters)
    batch = _batch_shape(given)
    stops = stopping_rules(stop)
    if stops and batch:
        raise ValueError(f"stop works on one run at a time, not on a batch of shape {batch}")
    flat = {name: _flatten(value, batch) for name, value in given.items()}
    made, columns = _split(problem, flat)
    columns = {name: value[:, None] if batch else value for name, value in columns.items()}
    theta = _first_theta(made, start, batch)
    with np.errstate(all="ignore"):
        record = _advance(made, rule, columns, theta, n_steps, stops, keep == "last")
    shaped = {
        name: np.broadcast_to(value, batch) if batch else value for name, value in given.items()
    }
    return _trajectory(_split(problem, shaped)[0], given, batch, record)


def _advance(problem, rule, columns, theta, n_steps, stops, last_only):
    """Take the steps; return iterations, theta, effective_lr, stopped_by and diverged_at."""
    gradient_at = _with_iteration(problem.gradient)
    loss_at = _with_iteration(problem.loss)
    effective_lr = getattr(rule, "effective_lr", None)
    state = getattr(rule, "initial_state", np.zeros_like)(theta)
    path = _rows(1 if last_only else n_steps + 1, theta)
    rates = (
        None if effective_lr is None else _rows(min(1, n_steps) if last_only else n_steps, theta)
    )
    diverged_at = np.full(theta.shape[:-1], -1) if last_only else None
    iteration, stopped_by = 0, "n_steps"
    path[0] = theta
    while True:
        if last_only:
            loss = loss_at(theta, iteration)
            diverged_at[(diverged_at < 0) & ~np.isfinite(loss)] = iteration
        if iteration == n_steps:
            break
        before = theta.copy() if stops else theta
        theta, state = _step(rule, theta, gradient_at(theta, iteration), state, columns)
        if rates is not None:
            rates[0 if last_only else iteration] = effective_lr(state, **columns)
        iteration += 1
        path[0 if last_only else iteration] = theta
        stopped_by = _first_that_stops(stops, problem, iteration, before, theta)
        if stopped_by != "n_steps":
            break
    if last_only:
        return np.array([iteration]), path, rates, stopped_by, diverged_at
    rates = None if rates is None else rates[:iteration]
    return np.arange(iteration + 1), path[: iteration + 1], rates, stopped_by, None


def _first_that_stops(stops, problem, iteration, before, after):
    if not stops:
        return "n_steps"
    moments = [
        Moment(
            when,
            theta,
            float(_with_iteration(problem.loss)(theta, when)),
            _with_iteration(problem.gradient)(theta, when),
        )
        for when, theta in ((iteration - 1, before), (iteration, after))
    ]
    return next((_name(stop) for stop in stops if stop(*moments)), "n_steps")


def _step(rule, theta, gradient, state, columns):
    answer = rule(theta, gradient, state, **columns)
    try:
        new, state = answer
    except (TypeError, ValueError):
        raise ValueError(f"{_name(rule)} must return theta and its state, not {answer!r}") from None
    new = np.asarray(new, dtype=float)
    if new.shape != theta.shape:
        raise ValueError(f"{_name(rule)} must return theta of shape {theta.shape}, not {new.shape}")
    return new, state


def _trajectory(problem, given, batch, record):
    iterations, theta, rates, stopped_by, diverged_at = record

    def shaped(rows):
        return None if rows is None else rows.reshape(len(rows), *batch, rows.shape[-1])

    return Trajectory(
        problem=problem,
        iterations=iterations,
        theta=shaped(theta),
        effective_lr=shaped(rates),
        hyperparameters=given,
        stopped_by=stopped_by,
        stopped_at=int(iterations[-1]),
        _diverged_at=None if diverged_at is None else diverged_at.reshape(batch),
    )


def _bind(problem, rule, given):
    """Return every hyperparameter of the rule (and of the problem's maker), checked."""
    known = _named_parameters(problem) | rule_parameters(rule)
    unknown = set(given) - set(known)
    if unknown:
        raise ValueError(
            f"{_name(rule)} has no hyperparameter {min(unknown)!r}; it has {', '.join(known)}"
        )
    values = {name: given.get(name, default) for name, default in known.items()}
    missing = [name for name, value in values.items() if value is inspect.Parameter.empty]
    if missing:
        raise ValueError(f"{_name(rule)} needs a value for {missing[0]}")
    return {
        name: HYPERPARAMETERS[name].check(value) if name in HYPERPARAMETERS else value
        for name, value in values.items()
    }


def _named_parameters(problem):
    """Return the named parameters of a function that makes a problem: those that are numbers."""
    if hasattr(problem, "gradient"):
        return {}
    named = inspect.signature(problem).parameters.values()
    return {each.name: each.default for each in named if isinstance(each.default, float)}


def _split(problem, values):
    """Return the problem, made with its own parameters, and those that are left for the rule."""
    own = _named_parameters(problem)
    made = problem(**{name: values[name] for name in own}) if own else problem
    return made, {name: value for name, value in values.items() if name not in own}


def _batch_shape(values):
    try:
        return np.broadcast_shapes(*(np.shape(value) for value in values.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {np.shape(value)}" for name, value in values.items())
        raise ValueError(f"the shapes of the hyperparameters do not broadcast: {shapes}") from None


def _flatten(value, batch):
    return np.broadcast_to(value, batch).ravel() if batch else value


def _first_theta(problem, start, batch):
    """Return theta for every run, each coordinate an array of its own in memory."""
    start = np.asarray(problem.start if start is None else start, dtype=float)
    n = problem.start.shape[-1]
    runs = (int(np.prod(batch)),) if batch else ()
    if start.shape != (n,) and start.shape != (*runs, n):
        raise ValueError(f"start must have shape ({n},), not {start.shape}")
    if not np.isfinite(start).all():
        raise ValueError(f"start must hold finite numbers only, not {start}")
    return np.moveaxis(np.moveaxis(np.broadcast_to(start, (*runs, n)), -1, 0).copy(), 0, -1)


def _rows(number, theta):
    """Return memory for rows like theta, each coordinate an array of its own."""
    return np.moveaxis(np.empty((number, theta.shape[-1], *theta.shape[:-1])), 1, -1)


def _takes_iteration(function):
    return len(inspect.signature(function).parameters) > 1


def _with_iteration(function):
    return function if _takes_iteration(function) else lambda theta, iteration: function(theta)


def _name(function):
    return getattr(function, "__name__", type(function).__name__)


def _whole_number(name, value):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ValueError(f"{name} must be a whole number, 0 or above, not {value!r}")
    return int(value)
