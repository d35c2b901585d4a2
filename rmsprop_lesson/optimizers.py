"""One pure function per update rule.

    rule(theta, gradient, state, *, lr, ...) -> (theta, state)

``state`` is one array of zeros at the start, shaped like theta, unless the rule has an
``initial_state(theta)`` of its own. A rule works element by element, so it takes one parameter
or many, one run or many. It never changes its arguments. A rule that has an effective learning
rate offers it as ``rule.effective_lr(state, **hyperparameters)``.

What stands below a rule's docstring is its formula; ``_checks`` stands for the ValueErrors.
"""

import inspect
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from math import inf

import numpy as np

from .arguments import real_numbers, signature_of


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
            words="lower limit",
            meaning="Keeps the root from zero: caps the effective learning rates.",
            default=1e-8,
            lower=0,
        ),
        Hyperparameter(
            "momentum",
            words="momentum",
            meaning="How much of the last step is kept.",
            default=0.9,
            lower=0,
            upper=1,
        ),
        Hyperparameter(
            "beta1",
            words="memory of gradients",
            meaning="How long the average of the gradients remembers.",
            default=0.9,
            lower=0,
            upper=1,
        ),
        Hyperparameter(
            "beta2",
            words="memory of squares",
            meaning="How long the average of the squared gradients remembers.",
            default=0.999,
            lower=0,
            upper=1,
        ),
    )
}


def _checks(*arrays):
    """Have a rule check its hyperparameters, and that the named arrays are of one shape.

    What is left to write is the formula. ``run`` checks once and not at every step, so it takes
    the formula alone: see ``without_checks``.
    """

    def checking(formula):
        form = inspect.signature(formula)

        @wraps(formula)
        def rule(*positional, **named):
            given = {}
            with suppress(TypeError):
                given = form.bind(*positional, **named).arguments
            if not given:
                return formula(*positional, **named)  # Python says what is wrong with the call
            for name, value in given.items():
                if name in HYPERPARAMETERS:
                    given[name] = HYPERPARAMETERS[name].check(value)
            given |= _same_shape(**{name: given[name] for name in arrays})
            for name, value in given.items():
                if name in HYPERPARAMETERS and type(value) is not float:
                    _check_that_it_fits(name, value, given["theta"])
            with np.errstate(all="ignore"):  # to diverge is no error
                return formula(**given)

        return rule

    return checking


@_checks("theta", "gradient", "moving_average")
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
    moving_average = beta * moving_average + (1 - beta) * (gradient * gradient)
    root = np.sqrt(moving_average + epsilon)
    return theta - lr * gradient / _inf_for_zero(root), moving_average


def _rmsprop_effective_lr(moving_average, *, lr=0.1, beta=0.9, epsilon=1e-8):
    """Return lr / sqrt(moving_average + epsilon), shaped like the average."""
    return lr / np.sqrt(moving_average + epsilon)


rmsprop.effective_lr = _rmsprop_effective_lr


@_checks("theta", "gradient", "state")
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
    return theta - lr * gradient, state


def _gradient_descent_effective_lr(state, *, lr=0.1):
    """Return lr for every parameter."""
    return lr + np.zeros_like(state)


gradient_descent.effective_lr = _gradient_descent_effective_lr


@_checks("theta", "gradient", "velocity")
def momentum(theta, gradient, velocity, *, lr=0.1, momentum=0.9):
    """Return theta and the velocity after one step of gradient descent with momentum.

        velocity <- momentum velocity + gradient
        theta    <- theta - lr velocity

    The velocity starts at zero. There is no epsilon. Under a steady gradient the velocity grows
    to gradient / (1 - momentum), so that lr counts ten times as much at 0.9 as without momentum.
    A step depends on all gradients so far, so there is no effective learning rate.

    Parameters
    ----------
    theta, gradient, velocity : arrays of one shape
    lr : float or array that broadcasts to the shape of theta, above 0
    momentum : float or array, from 0 up to, but not including, 1

    Returns
    -------
    theta, velocity : new arrays of the same shape

    Raises
    ------
    ValueError : for a hyperparameter out of range, or arrays of different shapes

    Source: B. T. Polyak, Some methods of speeding up the convergence of iteration methods (1964).
    """
    velocity = momentum * velocity + gradient
    return theta - lr * velocity, velocity


@_checks("theta", "gradient", "total")
def adagrad(theta, gradient, total, *, lr=0.1, epsilon=1e-8):
    """Return theta and the total of the squared gradients after one step of AdaGrad.

        total <- total + gradient^2
        theta <- theta - lr gradient / sqrt(total + epsilon)

    The total starts at zero and is updated before it is used; it never falls. Epsilon stands
    inside the root, as in rmsprop here, so that the two rules differ by their first line alone.
    Duchi et al. add theirs (delta) outside. Where the root is zero nothing moves.

    Parameters
    ----------
    theta, gradient, total : arrays of one shape
    lr : float or array that broadcasts to the shape of theta, above 0
    epsilon : float or array, 0 or above, in units of the squared gradient

    Returns
    -------
    theta, total : new arrays of the same shape

    Raises
    ------
    ValueError : for a hyperparameter out of range, or arrays of different shapes

    Source: J. Duchi, E. Hazan and Y. Singer, Adaptive subgradient methods for online learning and
    stochastic optimization (2011).
    """
    total = total + gradient * gradient
    root = np.sqrt(total + epsilon)
    return theta - lr * gradient / _inf_for_zero(root), total


def _adagrad_effective_lr(total, *, lr=0.1, epsilon=1e-8):
    """Return lr / sqrt(total + epsilon), shaped like the total."""
    return lr / np.sqrt(total + epsilon)


adagrad.effective_lr = _adagrad_effective_lr


@_checks("theta", "gradient")
def adam(theta, gradient, state, *, lr=0.1, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Return theta and the state after one step of Adam.

        m     <- beta1 m + (1 - beta1) gradient
        v     <- beta2 v + (1 - beta2) gradient^2
        theta <- theta - lr (m / m_filled) / (sqrt(v / v_filled) + epsilon)

    Both averages start at zero. After t steps m_filled is 1 - beta1^t and v_filled 1 - beta2^t:
    how much of its weight an average has got so far. Epsilon stands outside the root. Where
    root and epsilon are zero nothing moves. A step depends on all gradients so far, so there is
    no effective learning rate.

    Parameters
    ----------
    theta, gradient : arrays of one shape
    state : array (4, ...) of m, v, m_filled and v_filled, each shaped like theta; zeros at the
        start, see ``adam.initial_state(theta)``
    lr : float or array that broadcasts to the shape of theta, above 0. Kingma and Ba propose
        0.001; the default here is that of the other rules.
    beta1, beta2 : float or array, from 0 up to, but not including, 1
    epsilon : float or array, 0 or above, in units of the gradient, not of its square

    Returns
    -------
    theta, state : new arrays of the same shapes

    Raises
    ------
    ValueError : for a hyperparameter out of range, or arrays of different shapes

    Source: D. P. Kingma and J. Ba, Adam: a method for stochastic optimization (2015), Algorithm 1.
    """
    state = real_numbers("state", state)
    if state.shape != (4, *theta.shape):
        raise ValueError(f"state must have shape {(4, *theta.shape)}, not {state.shape}")
    m, v, m_filled, v_filled = state
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * (gradient * gradient)
    m_filled = beta1 * m_filled + (1 - beta1)  # a power would differ between machines
    v_filled = beta2 * v_filled + (1 - beta2)
    root = np.sqrt(v / v_filled) + epsilon
    theta = theta - lr * (m / m_filled) / _inf_for_zero(root)
    return theta, np.stack([m, v, m_filled, v_filled])


def _adam_initial_state(theta):
    """Return the zeros that Adam starts from."""
    return np.zeros((4, *np.shape(theta)))


adam.initial_state = _adam_initial_state


RULES = (rmsprop, gradient_descent, momentum, adagrad, adam)


def without_checks(rule):
    """Return the formula of a rule from here, for checked arguments; any other rule as it is."""
    return rule.__wrapped__ if any(rule is each for each in RULES) else rule


def rule_parameters(rule):
    """Return the hyperparameters of a rule with their defaults, in the rule's order.

    A name in HYPERPARAMETERS without a default has the one from there.

    Raises
    ------
    ValueError : for what is not a function of theta, gradient and state
    """
    try:
        parameters = list(signature_of(rule).parameters.values())
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


def _same_shape(**arrays):
    numbers = {name: real_numbers(name, array) for name, array in arrays.items()}
    (first, shape), *others = ((name, array.shape) for name, array in numbers.items())
    for name, other in others:
        if other != shape:
            raise ValueError(f"{name} must have the shape of {first}, {shape}, not {other}")
    return numbers


def _inf_for_zero(root):
    """Return root with inf in place of every zero, so that nothing moves there."""
    return root if root.all() else np.where(root == 0, inf, root)


def _check_that_it_fits(name, values, theta):
    with suppress(ValueError):
        if np.broadcast_shapes(np.shape(values), theta.shape) == theta.shape:
            return
    raise ValueError(
        f"{name} must broadcast to the shape of theta, {theta.shape}, not {np.shape(values)}"
    )
