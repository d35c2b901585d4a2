"""The lesson's RMSProp is the library's: the same numbers from another program."""

import numpy as np

from rmsprop_lesson.library_numbers import OPTAX
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.trajectory import run


def test_a_hundred_steps_equal_those_of_optax_but_for_rounding():
    path = run(linear_regression(), n_steps=100, lr=0.1, beta=0.9, epsilon=1e-8)
    for step, theta in OPTAX.items():
        assert np.abs(path.theta[step] - theta).max() < 2e-15


def test_epsilon_outside_the_root_would_be_seen():
    def outside(theta, gradient, state, *, lr=0.1, beta=0.9, epsilon=1e-8):
        state = beta * state + (1 - beta) * gradient**2
        return theta - lr * gradient / (np.sqrt(state) + epsilon), state

    path = run(linear_regression(), outside, n_steps=100)
    assert np.abs(path.theta[50] - OPTAX[50]).max() > 1e-9
