"""Fair races: each rule at its best learning rate, over several starts, until it stays below.

A race runs a rule with every learning rate of a grid and gives each run a score: the smaller, the
better. With several starts a learning rate is judged by the start that suits it least, so that
none wins by a lucky start.
"""

from dataclasses import dataclass, field
from math import inf, sqrt

import numpy as np

from .arguments import finite_numbers, positive_number
from .keeping import kept
from .trajectory import run

RATES = tuple(float(f"{10 ** (k / 20):.1e}") for k in range(-60, 61))  # 20 in each decade
BETAS = (0.9, 0.99, 0.999)


@dataclass(frozen=True, eq=False)
class Race:
    """The scores of one rule on one problem.

    Attributes
    ----------
    rates : (k,) the learning rates
    scores : (starts, k), inf where a run never arrived or diverged
    hyperparameters : those that were given besides lr
    """

    rates: np.ndarray
    scores: np.ndarray
    hyperparameters: dict = field(default_factory=dict)

    @property
    def worst(self):
        """The score of each learning rate from the start that suits it least: (k,)."""
        return self.scores.max(axis=0)

    @property
    def lr(self):
        """The best learning rate, the smallest of equals; None where none has a finite score."""
        return float(self.rates[self.worst.argmin()]) if self.best < inf else None

    @property
    def best(self):
        """The score of the best learning rate, a float; inf where none has a finite one."""
        return float(self.worst.min())

    @property
    def own(self):
        """The race from the first start alone."""
        first = {
            name: value[:1] if np.ndim(value) == 2 else value
            for name, value in self.hyperparameters.items()
        }
        return Race(self.rates, self.scores[:1], first)

    def __str__(self):
        if self.lr is None:
            return "never"
        best = f"{self.best:.3g}" if self.best < 1000 else f"{self.best:.0f}"
        edge = ", the largest" if len(self.rates) > 1 and self.lr == self.rates[-1] else ""
        rate = self.worst.argmin()
        judged = self.scores[:, rate].argmax(), rate
        others = "".join(
            f", {name} {np.broadcast_to(value, self.scores.shape)[judged]:g}"
            for name, value in self.hyperparameters.items()
        )
        return f"{best} (lr {self.lr:g}{edge}{others})"


def race(problem, rule, score, *, rates=RATES, n_steps=2000, starts=None, **hyperparameters):
    """Run a rule with each learning rate from each start and return the Race.

    Parameters
    ----------
    problem, rule, n_steps, **hyperparameters : as for ``run``
    score : a function of a Trajectory that returns one number for each run, such as
        ``stays_below(0.01)``; what is not finite counts as inf
    rates : (k,) learning rates, by default from 0.001 to 1000, 20 in each decade
    starts : (starts, n), by default the problem's own alone; see ``starts_around``

    Returns
    -------
    Race

    Raises
    ------
    ValueError : for what ``run`` refuses, for lr beside rates, and for a score that is no function
        or does not return one number for each run
    """
    if "lr" in hyperparameters:
        raise ValueError("lr must be left out of a race: give the learning rates as rates=[...]")
    if not callable(score):
        raise ValueError(f"score must be a function of a Trajectory, not {score!r}")
    if not hasattr(problem, "start"):
        raise ValueError(f"problem must have a gradient, a loss and a start, not {problem!r}")
    rates = np.atleast_1d(finite_numbers("rates", rates))
    if rates.ndim > 1 or not rates.size or (rates <= 0).any():
        raise ValueError(f"rates must be numbers above 0, not {rates}")
    starts = finite_numbers("starts", [problem.start] if starts is None else starts)
    if starts.ndim != 2 or not starts.size:
        raise ValueError(f"starts must have shape (starts, n), not {starts.shape}")
    scores = _scores(problem, rule, score, rates, n_steps, starts, hyperparameters)
    return Race(rates, scores, hyperparameters)


@kept(write=np.ndarray.tolist, read=np.array)
def _scores(problem, rule, score, rates, n_steps, starts, hyperparameters):
    """Run the race and return the scores; the lesson's own are kept for the next kernel."""
    path = run(problem, rule, n_steps, start=starts[:, None], lr=rates, **hyperparameters)
    with np.errstate(all="ignore"):
        scores = np.asarray(score(path), dtype=float)
    if scores.shape != (len(starts), len(rates)):
        raise ValueError(
            "score must return one number for each start and learning rate, of shape "
            f"{(len(starts), len(rates))}, not {scores.shape}"
        )
    return np.where(np.isfinite(scores), scores, inf)


def clearly_less(ours, theirs):
    """Tell whether a score is the smaller one by more than a fifth."""
    return ours < 0.8 * theirs


def stays_below(tolerance):
    """Return a score: the iteration from which the excess loss is below for the rest of the run."""
    return _Arrival(positive_number("tolerance", tolerance), for_good=True)


def first_below(tolerance):
    """Return a score: the first iteration with the excess loss below, though it may rise again."""
    return _Arrival(positive_number("tolerance", tolerance), for_good=False)


@dataclass(frozen=True)
class _Arrival:
    """A score that says what it is, so that a race can be kept; see keeping.py."""

    tolerance: float
    for_good: bool

    def __call__(self, path):
        below = _excess_of(path) < self.tolerance
        if self.for_good:
            below = np.logical_and.accumulate(below[::-1])[::-1]
        return np.where(below.any(axis=0), below.argmax(axis=0), inf)


def late_excess(path):
    """Score a run by its mean excess loss in the second half."""
    excess = _excess_of(path)
    return excess[len(excess) // 2 :].mean(axis=0)


def starts_around(problem):
    """Return four starts: the problem's own, turned about the optimum by 0, 45, 90 and 135 degrees.

    A quadratic is symmetric about its optimum, so the other half of the circle poses the same
    tasks again. Returns an array (4, 2).
    """
    if np.shape(getattr(problem, "start", None)) != (2,) or not hasattr(problem, "optimum"):
        raise ValueError(f"problem must have an optimum and a start of shape (2,), not {problem!r}")
    x, y = problem.start - problem.optimum
    turned = np.array([[x, y], [(x - y) * sqrt(0.5), (x + y) * sqrt(0.5)]])
    quarter = np.stack([-turned[:, 1], turned[:, 0]], axis=-1)
    return problem.optimum + np.concatenate([turned, quarter])


def _excess_of(path):
    if getattr(path, "excess", None) is None:
        raise ValueError(f"path must be a Trajectory on a problem with an excess, not {path!r}")
    return path.excess
