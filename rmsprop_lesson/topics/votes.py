"""Gradients that come in cycles: how far RMSProp drifts in each, and where it ends."""

import numpy as np

from ..arguments import (
    common_shape,
    finite_number,
    finite_numbers,
    real_numbers,
    whole_number,
)
from ..dials import PARAMETERS, one_number
from ..optimizers import HYPERPARAMETERS, rmsprop, without_checks


def many_to_one(small=9):
    """Return one cycle of Hinton's gradients: many of +0.1, and one that makes their sum zero."""
    small = whole_number("small", small)
    return np.append(np.full(small, 0.1), -0.1 * small)


def one_to_many(large, small=2):
    """Return one cycle of the gradients of Reddi, Kale and Kumar: a large one, and many of -1."""
    return np.append(finite_number("large", large), np.full(whole_number("small", small), -1.0))


def walk(gradients, *, lr=1.0, beta=0.9, start=0.0, average=0.0, ends=(-np.inf, np.inf)):
    """Return the positions of RMSProp when it gets these gradients, wherever it is.

    Epsilon is 0.

    Parameters
    ----------
    gradients : (rows,) one after the other, or (rows, k) for k runs at once
    lr : float, or (rows,) one for each step
    beta : float or (k,)
    start, average : the first position, and the moving average before the first step
    ends : after each step the position is moved back between these two numbers

    Returns
    -------
    (rows + 1,) or (rows + 1, k) : the start, and the position after each step
    """
    gradients = finite_numbers("gradients", gradients)
    if gradients.ndim not in (1, 2):
        raise ValueError(f"gradients must have shape (rows,) or (rows, k), not {gradients.shape}")
    lr, beta = HYPERPARAMETERS["lr"].check(lr), HYPERPARAMETERS["beta"].check(beta)
    if np.shape(lr) not in ((), (len(gradients),)):
        raise ValueError(f"lr must be one number or {len(gradients)} of them, not {np.shape(lr)}")
    if np.ndim(beta) > 1 or not np.size(beta):
        raise ValueError(f"beta must be one number or k of them, not {np.shape(beta)}")
    shape = common_shape({"gradients": gradients.shape[1:], "beta": np.shape(beta)})
    start, average = finite_number("start", start), finite_number("average", average)
    ends = real_numbers("ends", ends)
    if ends.shape != (2,) or not ends[0] <= ends[1]:
        raise ValueError(f"ends must be two numbers, the lower one first, not {ends}")
    rates = np.broadcast_to(lr, len(gradients))
    average = np.broadcast_to(average, shape)
    path = np.empty((len(gradients) + 1, *shape))
    path[0] = start
    step, (lowest, highest) = without_checks(rmsprop), ends
    with np.errstate(all="ignore"):
        for row, (gradient, rate) in enumerate(zip(gradients, rates, strict=True)):
            theta, average = step(path[row], gradient, average, lr=rate, beta=beta, epsilon=0.0)
            path[row + 1] = np.minimum(np.maximum(theta, lowest), highest)
    return path


def full_average(cycle, beta):
    """Return the moving average after endless repetition of a cycle of n gradients.

    One more cycle keeps the part beta^n of the average and adds (1 - beta) beta^age of each square.
    So the average that stays the same is this sum, divided by 1 - beta^n.
    """
    cycle, beta = finite_numbers("cycle", cycle), one_number(PARAMETERS["beta"], beta)
    if cycle.ndim != 1 or not cycle.size:
        raise ValueError(f"cycle must have shape (n,), not {cycle.shape}")
    if np.abs(cycle).max() > 1e150:
        raise ValueError(f"cycle must lie within -1e150 to 1e150, not {np.abs(cycle).max():g}")
    n = len(cycle)
    ages = np.arange(n)[::-1]
    return float(((1 - beta) * beta**ages * cycle**2).sum() / (1 - beta**n))


def full_memory_walk(cycle, beta):
    """Return the positions in one cycle, in units of lr, once the memory is full: (n + 1,)."""
    return walk(cycle, beta=beta, average=full_average(cycle, beta))


def drift(cycle, beta):
    """Return how far RMSProp moves in one cycle, in units of lr, once its memory is full."""
    return float(full_memory_walk(cycle, beta)[-1])
