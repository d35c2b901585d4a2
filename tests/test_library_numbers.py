"""The lesson's RMSProp is the libraries': the same numbers from other programs."""

import numpy as np
import pytest

from rmsprop_lesson.conversion import PROGRAMS
from rmsprop_lesson.library_numbers import CALLS, KERAS, OPTAX, OPTAX_FROM_ONE, PYTORCH
from rmsprop_lesson.optimizers import rmsprop
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.trajectory import run


def epsilon_outside(theta, gradient, state, *, lr=0.1, beta=0.9, epsilon=1e-8):
    state = beta * state + (1 - beta) * gradient**2
    return theta - lr * gradient / (np.sqrt(state) + epsilon), state


def largest_difference(rule, stored, lr=0.1, beta=0.9, epsilon=1e-8):
    path = run(linear_regression(), rule, n_steps=100, lr=lr, beta=beta, epsilon=epsilon)
    return max(np.abs(path.theta[step] - theta).max() for step, theta in stored.items())


CASES = {
    "Optax": (OPTAX, rmsprop, epsilon_outside, 1e-8),
    "Keras": (KERAS, rmsprop, epsilon_outside, 0.01),
    "PyTorch": (PYTORCH, epsilon_outside, rmsprop, 0.01),
}


@pytest.mark.parametrize("library", CASES)
def test_a_hundred_steps_equal_those_of_the_library_but_for_rounding(library):
    stored, same, _, epsilon = CASES[library]
    assert sorted(stored) == [1, 2, 5, 10, 50, 100]
    assert largest_difference(same, stored, epsilon=epsilon) < 2e-15


@pytest.mark.parametrize("library", CASES)
def test_epsilon_at_the_other_place_would_be_seen(library):
    stored, _, other, epsilon = CASES[library]
    assert largest_difference(other, stored, epsilon=epsilon) > 0.1 * epsilon


def test_an_average_that_starts_at_one_gives_other_numbers_from_the_first_step():
    def from_one(theta, gradient, state, *, lr, beta, epsilon):
        return rmsprop(theta, gradient, state, lr=lr, beta=beta, epsilon=epsilon)

    from_one.initial_state = np.ones_like
    assert sorted(OPTAX_FROM_ONE) == [1, 2, 5, 10, 50, 100]
    assert largest_difference(from_one, OPTAX_FROM_ONE) < 2e-15
    assert np.abs(np.subtract(OPTAX_FROM_ONE[1], OPTAX[1])).max() > 0.004


BARE = {
    "torch.optim.RMSprop(model.parameters())": ("PyTorch", epsilon_outside, {}),
    "keras.optimizers.RMSprop()": ("Keras", rmsprop, {}),
    "optax.rmsprop(0.1)": ("Optax", rmsprop, {"lr": 0.1}),
}


@pytest.mark.parametrize("call", BARE)
def test_a_call_that_says_nothing_takes_the_defaults_that_the_converter_knows(call):
    program, rule, given = BARE[call]
    assert largest_difference(rule, CALLS[call], **PROGRAMS[program].defaults | given) < 2e-15
