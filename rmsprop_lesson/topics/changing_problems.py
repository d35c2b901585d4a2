"""Problems that change from one iteration to the next: moving, sparse, seen in mini-batches."""

from dataclasses import dataclass

import numpy as np

from ..arguments import checked_seed, finite_numbers, whole_number
from ..problems import LinearRegression, Quadratic, least_squares


@dataclass(frozen=True, eq=False)
class Moving:
    """A quadratic whose optimum moves by ``shift(t)``, and whose loss is scaled by ``factor(t)``.

        loss(theta, t) = factor(t) problem.loss(theta - shift(t))

    ``shift`` returns an array (n,) for an iteration t, or (k, n) for k runs that move
    differently; ``factor`` a number, or (k,).
    """

    problem: Quadratic

    @property
    def start(self):
        return self.problem.start

    def factor(self, t):
        return 1.0

    def target(self, t):
        """Return where the optimum is at an iteration."""
        return self.problem.optimum + self.shift(t)

    def gradient(self, theta, t):
        return np.asarray(self.factor(t))[..., None] * self.problem.gradient(theta - self.shift(t))

    def loss(self, theta, t):
        return self.factor(t) * self.problem.loss(theta - self.shift(t))


@dataclass(frozen=True, eq=False)
class Flipping(Moving):
    """The optimum jumps to its negative and back; see ``flipping``."""

    period: np.ndarray
    factor_away: np.ndarray

    def is_away(self, t):
        return t // self.period % 2 == 1

    def shift(self, t):
        return np.where(self.is_away(t)[..., None], -2 * self.problem.optimum, 0.0)

    def factor(self, t):
        return np.where(self.is_away(t), self.factor_away, 1.0)


@dataclass(frozen=True, eq=False)
class Drifting(Moving):
    """The optimum moves by ``velocity`` at every iteration; see ``drifting``."""

    velocity: np.ndarray

    def shift(self, t):
        return t * self.velocity


def flipping(problem, period=100, factor=1.0):
    """Return the problem with a target that jumps from the optimum to its negative and back.

    On data this is y that becomes −y.

    Parameters
    ----------
    period : iterations from jump to jump, a number or an array (k,) for k runs
    factor : how much larger all gradients are while the target is away, a number or an array
    """
    problem = _quadratic(problem)
    return Flipping(problem, _at_least("period", period, 1), _at_least("factor", factor, 0))


def drifting(problem, velocity):
    """Return the problem with a target that moves by velocity, an array (n,), per iteration."""
    problem, velocity = _quadratic(problem), finite_numbers("velocity", velocity)
    if velocity.shape[-1:] != problem.start.shape[-1:]:
        raise ValueError(f"velocity must have shape {problem.start.shape}, not {velocity.shape}")
    return Drifting(problem, velocity)


def distance(path):
    """Return the larger of the parameters' distances from a moving target, row by row."""
    if not hasattr(getattr(path, "problem", None), "target"):
        raise ValueError(f"path must be a Trajectory on a moving problem, not {path!r}")
    targets = (path.problem.target(int(t)) for t in path.iterations)
    return np.stack(
        [abs(theta - at).max(axis=-1) for theta, at in zip(path.theta, targets, strict=True)]
    )


def mean_distance(path):
    """Score a run by its mean distance from the moving target in the second half."""
    return distance(path)[len(path.theta) // 2 :].mean(axis=0)


@dataclass(frozen=True, eq=False)
class Sparse:
    """Two parameters: one has the gradient 1 always, the other at every k-th iteration only.

    Between them its gradient is 0. ``k`` is a number, or an array for many runs.
    """

    k: float | np.ndarray
    start = np.zeros(2)

    def __post_init__(self):
        _at_least("k", self.k, 1)

    def gradient(self, theta, t):
        gradient = np.ones(theta.shape)
        gradient[..., 1] = t % np.asarray(self.k) == 0
        return gradient

    def loss(self, theta, t):
        return (self.gradient(theta, t) * theta).sum(axis=-1)


@dataclass(frozen=True, eq=False)
class MiniBatches:
    """A problem whose gradient is that of a few of its data, other ones at every iteration.

    ``batches`` are the problems of these data; after the last the first comes again. Loss and
    excess are those of all data.
    """

    problem: Quadratic
    batches: tuple

    @property
    def start(self):
        return self.problem.start

    def gradient(self, theta, t):
        return self.batches[t % len(self.batches)].gradient(theta)

    def loss(self, theta):
        return self.problem.loss(theta)

    def excess(self, theta):
        return self.problem.excess(theta)


def mini_batches(problem, seed, size=10, number=2000):
    """Return the MiniBatches of a LinearRegression: data drawn at random, with replacement."""
    if not isinstance(problem, LinearRegression):
        raise ValueError(f"problem must be a LinearRegression, not {problem!r}")
    size, number = whole_number("size", size, lowest=1), whole_number("number", number, lowest=1)
    stream = np.random.RandomState(checked_seed(seed))
    drawn = stream.randint(len(problem.X), size=(number, size), dtype=np.int64)
    if any((problem.X[rows] == problem.X[rows[0]]).all() for rows in drawn):
        raise ValueError(f"size must be so large that each batch holds two different X, not {size}")
    return MiniBatches(
        problem, tuple(least_squares(problem.X[rows], problem.y[rows]) for rows in drawn)
    )


def _quadratic(problem):
    if not isinstance(problem, Quadratic):
        raise ValueError(f"problem must be a Quadratic, not {problem!r}")
    return problem


def _at_least(name, values, lowest):
    numbers = finite_numbers(name, values)
    if not numbers.size or (numbers < lowest).any():
        raise ValueError(f"{name} must hold numbers from {lowest} up, not {values!r}")
    return numbers
