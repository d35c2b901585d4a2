"""What is minimised: data, loss, gradient and optimum.

Every problem here is a quadratic. Its gradient is taken from the quadratic form, element by
element, in operations that IEEE 754 fixes. So a run gives the same bits on every machine, and
its cost does not depend on the number of data points.
"""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import cos, fsum, radians, sin

import numpy as np

from .arguments import checked_seed, common_shape, finite_number, finite_numbers, real_numbers


@dataclass(frozen=True, eq=False)
class Quadratic:
    """A loss that is a quadratic function of its parameters.

        loss(theta) = minimum + 1/2 (theta - optimum)' hessian (theta - optimum)
        gradient(theta) = hessian theta - c,   with c = hessian optimum

    Attributes
    ----------
    hessian : array (..., n, n), symmetric; leading axes are many problems at once
    c : array (..., n)
    optimum, start : array (..., n)
    minimum : float, the loss at the optimum
    names : what the parameters are called, n strings
    """

    hessian: np.ndarray
    c: np.ndarray
    optimum: np.ndarray
    start: np.ndarray
    minimum: float = 0.0
    names: tuple = ("theta 0", "theta 1")

    def __post_init__(self):
        for name in ("hessian", "c", "optimum", "start"):
            values = finite_numbers(name, getattr(self, name))
            object.__setattr__(self, name, _read_only_copy(values))
        n = self.start.shape[-1:]
        if not self.start.ndim or not n[0]:
            raise ValueError(f"start must have shape (..., n), not {self.start.shape}")
        for name, shape in {"hessian": n + n, "c": n, "optimum": n}.items():
            given = getattr(self, name).shape
            if given[-len(shape) :] != shape:
                raise ValueError(f"{name} must have shape {_open(shape)}, not {given}")
        if not np.array_equal(self.hessian, self.hessian.swapaxes(-1, -2)):
            raise ValueError(f"hessian must be symmetric, not {self.hessian.tolist()}")
        object.__setattr__(self, "minimum", finite_number("minimum", self.minimum))
        names = self.names
        texts = isinstance(names, (tuple, list)) and all(isinstance(each, str) for each in names)
        if not texts or not all(each.isprintable() for each in names):
            raise ValueError(f"names must be a tuple of texts that can be printed, not {names!r}")

    @np.errstate(all="ignore")
    def gradient(self, theta):
        """Return hessian theta - c: (..., n) -> (..., n), in a fixed order of operations."""
        theta = _coordinates_first(_parameters(theta, self.start.shape[-1]))
        *columns, c = _columns_and_c(self, theta.ndim)
        products = [column * each for column, each in zip(columns, theta, strict=True)]
        return _coordinates_last(_sum_in_order(products) - c)

    @np.errstate(all="ignore")
    def excess(self, theta):
        """Return how far the loss lies above its minimum: (..., n) -> (...)."""
        theta = _parameters(theta, self.start.shape[-1])
        columns = range(theta.shape[-1])
        error = [theta[..., i] - self.optimum[..., i] for i in columns]
        terms = [
            (self.hessian[..., i, j] * error[i] * error[j]) * (0.5 if i == j else 1.0)
            for i in columns
            for j in range(i + 1)
        ]
        return _sum_in_order(terms)

    def loss(self, theta):
        """Return the loss: (..., n) -> (...)."""
        return self.minimum + self.excess(theta)

    def is_surely_finite(self, theta):
        """Tell in a fraction of the time that theta and all its losses are finite.

        False leaves it open: it is said wherever a parameter is beyond 1e100.
        """
        if not self._largest_loss < 1e300:
            return False
        return -1e100 < theta.min(initial=0) and theta.max(initial=0) < 1e100

    @cached_property
    def _largest_loss(self):
        """A bound of all numbers that ``loss`` meets while no parameter is beyond 1e100."""
        with np.errstate(all="ignore"):
            error = 1e100 + np.abs(self.optimum).max(initial=0)
            curvature = np.abs(self.hessian).max(initial=0)
            return abs(self.minimum) + curvature * (self.start.shape[-1] * error) ** 2

    def curvatures(self):
        """Return the eigenvalues of the Hessian, smallest first: (..., n)."""
        return np.linalg.eigvalsh(self.hessian)


@dataclass(frozen=True, eq=False)
class LinearRegression(Quadratic):
    """Mean squared error of a straight line, intercept + slope X, on data X and y.

    X and y are of shape (m, 1). The parameters are the intercept and the slope.
    """

    X: np.ndarray = field(default=None, repr=False)
    y: np.ndarray = field(default=None, repr=False)


def linear_regression(seed=0):
    """Return the article's problem: y = 4 + 3 X + noise, 100 points.

    One legacy stream ``RandomState(seed)`` gives X = 2 uniform, then the standard normal noise,
    then the standard normal start of theta, in this order. NumPy's global random state stays
    untouched. X, y and the start are rounded to 12 decimals, so that the last bit of a machine's
    ``log`` does not matter.

    Parameters
    ----------
    seed : int, 0 to 2**32 - 1; the article uses 0

    Returns
    -------
    LinearRegression with X and y of shape (100, 1) and start of shape (2,); the same object for
    the same seed, which nobody can change

    Raises
    ------
    ValueError : for a seed that is not such a whole number
    """
    return _linear_regression(checked_seed(seed))


@lru_cache(maxsize=8)
def _linear_regression(seed):
    stream = np.random.RandomState(seed)
    X = 2 * stream.rand(100, 1)
    y = 4 + 3 * X + stream.randn(100, 1)
    return least_squares(X.round(12), y.round(12), start=stream.randn(2).round(12))


def least_squares(X, y, start=(0.0, 0.0)):
    """Return the problem of fitting a straight line to the points (X, y).

        loss(theta) = 1/m sum (theta_0 + theta_1 X - y)^2

    Its Hessian and c come from exactly rounded sums over the data.

    Parameters
    ----------
    X, y : arrays of shape (m,) or (m, 1), within -1e100 to 1e100, at least two X that differ
        in their first 12 digits
    start : (2,) first intercept and slope

    Raises
    ------
    ValueError : where X, y or start are out of range, do not match, or leave the line undetermined
    """
    X, y, start = _data("X", X), _data("y", y), finite_numbers("start", start)
    if X.size != y.size:
        raise ValueError(f"X and y must have the same length, not {X.size} and {y.size}")
    if start.shape != (2,):
        raise ValueError(f"start must have shape (2,), not {start.shape}")
    mean_x, mean_y = _mean(X), _mean(y)
    spread = _mean((X - mean_x) * (X - mean_x))
    if not spread > 0 or np.ptp(X) <= 1e-12 * np.abs(X).max():
        raise ValueError(
            "X must hold at least two different numbers, not all alike to 12 digits: with one, "
            "many lines fit equally well"
        )
    slope = _mean((X - mean_x) * (y - mean_y)) / spread
    intercept = mean_y - slope * mean_x
    residual = intercept + slope * X - y
    return LinearRegression(
        hessian=2 * np.array([[1.0, mean_x], [mean_x, _mean(X * X)]]),
        c=2 * np.array([mean_y, _mean(X * y)]),
        optimum=(intercept, slope),
        start=start,
        minimum=_mean(residual * residual),
        names=("intercept", "slope"),
        X=_read_only_copy(X),
        y=_read_only_copy(y),
    )


def quadratic_bowl(condition=1000.0, angle=0.0, steepest=4.0, start=(-5.0, -2.0)):
    """Return a bowl with its minimum 0 at the origin, stretched and turned.

        loss(theta) = steepest/2 (along_steep^2 + along_flat^2 / condition)

    At angle 0 the flat direction is theta 0 and the steep one theta 1. The bowl and the start
    turn together, counter-clockwise, so that every angle poses the same task.

    Parameters
    ----------
    condition : float or array (...), ratio of the curvatures, 1 or more
    angle : float or array (...), degrees
    steepest : float or array (...), the largest curvature, above 0
    start : (2,) the start before it is turned

    Returns
    -------
    Quadratic, with the broadcast shape of condition, angle and steepest as leading axes

    Raises
    ------
    ValueError : for a condition below 1, a steepest of 0 or below, anything not finite, or shapes
        that do not broadcast
    """
    given = {"condition": condition, "angle": angle, "steepest": steepest}
    given = {name: finite_numbers(name, value) for name, value in given.items()}
    shape = common_shape({name: value.shape for name, value in given.items()})
    condition, angle, steepest = (np.broadcast_to(value, shape) for value in given.values())
    start = finite_numbers("start", start)
    if np.any(condition < 1):
        raise ValueError(f"condition must be 1 or more, not {condition.min():g}")
    if np.any(steepest <= 0):
        raise ValueError(f"steepest must be above 0, not {steepest.min():g}")
    if start.shape != (2,):
        raise ValueError(f"start must have shape (2,), not {start.shape}")
    cosine = _of_each_angle(cos, angle)
    sine = _of_each_angle(sin, angle)
    flat = steepest / condition
    across = (flat - steepest) * cosine * sine
    hessian = [
        [flat * cosine * cosine + steepest * sine * sine, across],
        [across, flat * sine * sine + steepest * cosine * cosine],
    ]
    turned = [cosine * start[0] - sine * start[1], sine * start[0] + cosine * start[1]]
    zeros = np.zeros((*shape, 2))
    return Quadratic(
        hessian=np.moveaxis(np.array(hessian), (0, 1), (-2, -1)),
        c=zeros,
        optimum=zeros,
        start=np.moveaxis(np.array(turned), 0, -1),
    )


def _sum_in_order(terms):
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _coordinates_first(array):
    return array.transpose(-1, *range(array.ndim - 1))


def _coordinates_last(array):
    return array.transpose(*range(1, array.ndim), 0)


@lru_cache(maxsize=16)
def _columns_and_c(problem, ndim):
    """Return the columns of the Hessian, and c, as they fit a theta with its coordinates first."""
    shape = np.broadcast_shapes(problem.hessian.shape[:-1], problem.c.shape)
    shape = (1,) * (ndim - len(shape)) + shape
    columns = np.moveaxis(np.broadcast_to(problem.hessian, (*shape, shape[-1])), -1, 0)
    return [_coordinates_first(each) for each in (*columns, np.broadcast_to(problem.c, shape))]


def _mean(column):
    """Return the mean of a column of numbers, from their exactly rounded sum."""
    return fsum(column[:, 0]) / len(column)


def _of_each_angle(function, degrees):
    """Return the cosine or sine, to 15 decimals: the last bit differs between machines."""
    values = [round(function(radians(each)), 15) for each in degrees.flat]
    return np.array(values).reshape(degrees.shape)


def _data(name, values):
    column = finite_numbers(name, values)
    if column.size == 0 or column.shape not in ((column.size,), (column.size, 1)):
        raise ValueError(f"{name} must have shape (m,) or (m, 1), not {column.shape}")
    if np.abs(column).max() > 1e100:
        raise ValueError(f"{name} must lie within -1e100 to 1e100, not {np.abs(column).max():g}")
    return column.reshape(-1, 1)


def _parameters(theta, n):
    theta = real_numbers("theta", theta)
    if theta.shape[-1:] != (n,):
        raise ValueError(f"theta must have shape (..., {n}), not {theta.shape}")
    return theta


def _open(shape):
    """Write a shape that may have more axes in front."""
    return f"(..., {', '.join(map(str, shape))})"


def _read_only_copy(values):
    array = np.array(values)
    array.flags.writeable = False
    return array
