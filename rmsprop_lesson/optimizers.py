"""One pure function per update rule.

    rule(theta, gradient, state, *, lr, ...) -> (theta, state)

``state`` is one array of zeros at the start, shaped like theta, unless the rule has an
``initial_state(theta)`` of its own. A rule works element by element, so it takes one parameter
or many, one run or many. It never changes its arguments. A rule that has an effective learning
rate offers it as ``rule.effective_lr(state, **hyperparameters)``.
"""

import inspect
from dataclasses import dataclass
from math import inf

import numpy as np

from .arguments import real_numbers


@dataclass(frozen=True)
class Hyperparameter:
    """The range of a hyperparameter and what it does, in words."""

    name: str
    words: str
    meaning: str
    default: float
    lower: float
    lower_included: bool = True
    upper: float = inf

    @property
    def allowed(self):
        """Say which values are allowed."""
        if self.upper < inf:
            return f"a number from {self.lower:g} up to, but not including, {self.upper:g}"
        if self.lower_included:
            return f"a finite number, {self.lower:g} or above"
        return f"a finite number above {self.lower:g}"

    def allows(self, values):
        """Tell whether a number, or each of an array, is allowed. NaN never is."""
        above = values >= self.lower if self.lower_included else values > self.lower
        return above & (values < self.upper)

    def check(self, values):
        """Return values, a float or an array of floats, or raise a ValueError that names one."""
        if type(values) is float and self.allows(values):
            return values
        try:
            array = real_numbers(self.name, values)
        except ValueError:
            raise ValueError(f"{self.name} must be {self.allowed}, not {values!r}") from None
        good = self.allows(array)
        if not good.all():
            raise ValueError(f"{self.name} must be {self.allowed}, not {array[~good].flat[0]}")
        return array if array.ndim else float(array)


HYPERPARAMETERS = {
    known.name: known
    for known in (
        Hyperparameter(
            "lr",
            words="learning rate",
            meaning="The scale of the steps.",
            default=0.1,
            lower=0,
            lower_included=False,
        ),
        Hyperparameter(
            "beta",
            words="memory",
            meaning="How long the average remembers.",
            default=0.9,
            lower=0,
            upper=1,
        ),
        Hyperparameter(
            "epsilon",
            words="floor",
            meaning="Caps the effective learning rates.",
            default=1e-8,
            lower=0,
        ),
    )
}


def rmsprop(theta, gradient, moving_average, *, lr=0.1, beta=0.9, epsilon=1e-8):
    """Return theta and the moving average after one step of RMSProp.

        moving_average <- beta moving_average + (1 - beta) gradient^2
        theta          <- theta - lr gradient / sqrt(moving_average + epsilon)

    The average starts at zero and is updated before it is used. Epsilon stands inside the root.
    Where the root is zero (epsilon = 0 and no gradient so far) nothing moves, although the
    effective learning rate is infinite there.

    Parameters
    ----------
    theta, gradient, moving_average : arrays of one shape
    lr : float or array that broadcasts to the shape of theta, above 0
    beta : float or array, from 0 up to, but not including, 1
    epsilon : float or array, 0 or above, in units of the squared gradient

    Returns
    -------
    theta, moving_average : new arrays of the same shape

    Raises
    ------
    ValueError : for a hyperparameter out of range, or arrays of different shapes

    Source: T. Tieleman and G. Hinton, Lecture 6.5 (2012), with epsilon as in the article.
    """
    lr, beta, epsilon = _checked(lr=lr, beta=beta, epsilon=epsilon)
    theta, gradient, moving_average = _same_shape(
        theta=theta, gradient=gradient, moving_average=moving_average
    )
    moving_average = beta * moving_average + (1 - beta) * (gradient * gradient)
    root = np.sqrt(moving_average + epsilon)
    new_theta = theta - lr * gradient / np.where(root == 0, inf, root)
    return _shaped_like(theta, new_theta), moving_average


def _rmsprop_effective_lr(moving_average, *, lr=0.1, beta=0.9, epsilon=1e-8):
    """Return lr / sqrt(moving_average + epsilon), shaped like the average."""
    return lr / np.sqrt(moving_average + epsilon)


rmsprop.effective_lr = _rmsprop_effective_lr


def gradient_descent(theta, gradient, state, *, lr=0.1):
    """Return theta after one step of gradient descent, and the state, which it does not use.

        theta <- theta - lr gradient

    Parameters
    ----------
    theta, gradient, state : arrays of one shape
    lr : float or array, above 0

    Raises
    ------
    ValueError : for a learning rate out of range, or arrays of different shapes

    Source: A. Cauchy, Comptes rendus 25 (1847).
    """
    (lr,) = _checked(lr=lr)
    theta, gradient, state = _same_shape(theta=theta, gradient=gradient, state=state)
    return _shaped_like(theta, theta - lr * gradient), state


def _gradient_descent_effective_lr(state, *, lr=0.1):
    """Return lr for every parameter."""
    return lr + np.zeros_like(state)


gradient_descent.effective_lr = _gradient_descent_effective_lr


def rule_parameters(rule):
    """Return the hyperparameters of a rule with their defaults, in the rule's order.

    A known name (lr, beta, epsilon) without a default has the article's.

    Raises
    ------
    ValueError : for what is not a function of theta, gradient and state
    """
    try:
        parameters = list(inspect.signature(rule).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    first, named = parameters[:3], parameters[3:]
    positional = [each for each in first if each.kind <= each.POSITIONAL_OR_KEYWORD]
    if len(positional) < 3:
        raise ValueError(
            "rule must be a function of theta, gradient and state, and after them its "
            f"hyperparameters by name, not {rule!r}"
        )
    return {
        each.name: HYPERPARAMETERS[each.name].default
        if each.default is each.empty and each.name in HYPERPARAMETERS
        else each.default
        for each in named
        if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
    }


def _checked(**values):
    return [HYPERPARAMETERS[name].check(value) for name, value in values.items()]


def _same_shape(**arrays):
    (first, shape), *others = ((name, np.shape(array)) for name, array in arrays.items())
    for name, other in others:
        if other != shape:
            raise ValueError(f"{name} must have the shape of {first}, {shape}, not {other}")
    return [real_numbers(name, array) for name, array in arrays.items()]


def _shaped_like(theta, new_theta):
    if new_theta.shape != theta.shape:
        raise ValueError(
            "lr, beta and epsilon must broadcast to the shape of theta, "
            f"{theta.shape}, not {new_theta.shape}"
        )
    return new_theta
