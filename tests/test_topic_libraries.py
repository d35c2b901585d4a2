"""Notebook 07: where epsilon stands, what it costs, and where the average starts."""

import itertools
import math

import numpy as np
import pytest

from rmsprop_lesson.lesson import QUESTIONS, TASKS, check_number, predict
from rmsprop_lesson.library_numbers import OPTAX_FROM_ONE
from rmsprop_lesson.optimizers import rmsprop
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.topics import libraries
from rmsprop_lesson.topics.libraries import SIZES, epsilon_lab, steps_by_size


@pytest.fixture(scope="module")
def lab():
    return epsilon_lab()


def steps_taken(gradient, n_steps, outside, lr, beta, epsilon, average=0.0):
    """The steps of a plain loop with one gradient again and again; the first and the last."""
    lengths = []
    for _ in range(n_steps):
        average = beta * average + (1 - beta) * gradient**2
        divisor = math.sqrt(average) + epsilon if outside else math.sqrt(average + epsilon)
        lengths.append(lr * gradient / divisor)
    return lengths[0], lengths[-1]


@pytest.mark.parametrize("setting", [(0.1, 0.9, 1e-8), (1.0, 0.0, 0.3), (0.01, 0.99, 1e-4)])
@pytest.mark.parametrize("row", [0, 20, 43, 80])
def test_the_lines_are_the_steps_of_a_plain_loop(setting, row):
    lr, beta, epsilon = setting
    gradient = 10 ** (-6 + row / 10)
    shown = {name: each[row] for name, each in steps_by_size(*setting).items() if name != "says"}
    inside = steps_taken(gradient, 5000, False, *setting)
    outside = steps_taken(gradient, 5000, True, *setting)
    root = steps_taken(gradient, 5000, True, lr, beta, math.sqrt(epsilon))
    from_one, _ = steps_taken(gradient, 1, False, *setting, average=1.0)
    assert shown == pytest.approx(
        {
            "first inside": inside[0],
            "first outside": outside[0],
            "first root": root[0],
            "first from one": from_one,
            "later inside": inside[1],
            "later outside": outside[1],
            "later root": root[1],
            "ratio outside": outside[1] / inside[1],
            "ratio root": root[1] / inside[1],
        }
    )


def test_the_lessons_own_rule_takes_the_steps_of_epsilon_inside():
    zeros = np.zeros_like(SIZES)
    theta, _ = rmsprop(zeros, SIZES, zeros, lr=0.1, beta=0.9, epsilon=1e-4)
    assert steps_by_size(0.1, 0.9, 1e-4)["first inside"] == pytest.approx(-theta)


@pytest.mark.parametrize("epsilon", [1e-10, 1e-6, 1e-2])
def test_the_root_outside_is_furthest_off_where_the_average_is_epsilon(epsilon):
    ratio = steps_by_size(0.1, 0.9, epsilon)["ratio root"]
    assert SIZES[ratio.argmin()] == pytest.approx(math.sqrt(epsilon))
    assert ratio.min() == pytest.approx(1 / math.sqrt(2))


def test_large_gradients_hide_where_epsilon_stands():
    numbers = steps_by_size(0.1, 0.9, 1e-8)
    assert numbers["ratio outside"][-1] == pytest.approx(1, abs=1e-6)
    assert numbers["ratio root"][-1] == pytest.approx(1, abs=1e-5)


def test_the_chart_says_the_three_calls(lab):
    lab.set(lr=0.01, beta=0.5, epsilon=1e-4)
    for call in (
        "torch.optim.RMSprop(model.parameters(), lr=0.01, alpha=0.5, eps=0.01)",
        "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.5, epsilon=0.0001)",
        "optax.rmsprop(learning_rate=0.01, decay=0.5, eps=0.0001)",
    ):
        assert call in lab.sentence


def test_the_chart_names_the_size_of_the_gradient(lab):
    lab.player.iteration = 0
    assert "position 0, gradients 1e-06" in lab.sentence
    lab.player.iteration = 80
    assert "position 80, gradients 1e+02" in lab.sentence


def test_every_corner_of_the_chart_is_drawn(lab):
    ends = [(each.positions[0], each.positions[-1]) for each in lab.dials.values()]
    for corner in itertools.product(*ends):
        lab.set(**dict(zip(lab.dials, corner, strict=True)))
        assert lab.png().startswith(b"\x89PNG")
        assert "nan" not in lab.sentence


EXTREMES = [{"epsilon": 0}, {"epsilon": 1e-200}, {"lr": 1e300}, {"lr": 1e308}, {"lr": 5e-324}]


@pytest.mark.parametrize("typed", EXTREMES)
def test_what_may_be_typed_between_the_positions_is_computed(lab, typed):
    lab.set(**typed)
    assert "torch.optim.RMSprop" in lab.sentence


def test_the_predicted_ratio_is_that_of_the_two_lower_limits():
    by_hand = math.sqrt(1e-12 + 1e-8) / (1e-6 + 1e-8)
    right, measured = QUESTIONS["epsilon_place"].measure()
    assert measured == f"{by_hand:.0f} times as long."
    assert right == "about 100 times as long"
    reply = predict("epsilon_place").answer("about the same")
    assert "Then it would not matter where epsilon stands." in reply
    assert "Measured: 99 times as long." in reply


def test_keras_has_the_cap_of_pytorch_with_the_square():
    verdict = check_number("keras_epsilon", 1e-16)
    assert verdict
    assert 0.01 / math.sqrt(1e-16) == pytest.approx(0.01 / 1e-8)
    assert "way from inside to outside" in check_number("keras_epsilon", 1e-4).message


def test_the_first_step_from_one_is_the_one_that_optax_took():
    problem = linear_regression()
    for start, gradient, end in zip(
        problem.start, problem.gradient(problem.start), OPTAX_FROM_ONE[1], strict=True
    ):
        step = 0.1 * gradient / math.sqrt(0.9 + 0.1 * gradient**2 + 1e-8)
        assert start - step == pytest.approx(end, abs=1e-14)
    assert check_number("first_step_from_one", 0.1 * 2 / math.sqrt(1.3))
    assert "average of 0" in check_number("first_step_from_one", 0.3162).message


@pytest.mark.parametrize("name", libraries.TASKS)
def test_every_mistake_is_told_and_none_passes(name):
    for wrong, told in TASKS[name].mistakes:
        verdict = check_number(name, float(wrong()))
        assert not verdict
        assert verdict.message == told
