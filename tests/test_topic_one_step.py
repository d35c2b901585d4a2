"""One update of four coordinates: its six numbers, the equal first steps, what epsilon changes."""

import math

import numpy as np
import pytest

from rmsprop_lesson.lesson import QUESTIONS, TASKS, check_number, predict
from rmsprop_lesson.optimizers import rmsprop
from rmsprop_lesson.topics.one_step import GRADIENTS, STAGES, stages_of_update, update_chart


@pytest.fixture(scope="module")
def built():
    return update_chart()


@pytest.fixture
def chart(built):
    built.reset()
    return built


def test_the_six_numbers_of_an_update_are_those_computed_by_hand():
    by_hand = [
        [1, 6, 7, 2],
        [1, 36, 49, 4],
        [0.1, 3.6, 4.9, 0.4],
        [0.31622777, 1.89736660, 2.21359436, 0.63245553],
        [3.16227766, 3.16227766, 3.16227766, 3.16227766],
        [0.31622777, 0.31622777, 0.31622777, 0.31622777],
    ]
    assert len(by_hand) == len(STAGES)
    assert np.allclose(stages_of_update(GRADIENTS, epsilon=0.0), by_hand, rtol=0, atol=5e-9)


def test_the_last_of_the_six_numbers_is_the_step_of_the_lessons_rule():
    theta, average = np.array([5.0, -3.0, 0.5, 2.0]), np.array([0.0, 2.0, 7.0, 0.3])
    setting = {"lr": 0.3, "beta": 0.7, "epsilon": 0.02}
    stages = stages_of_update(-GRADIENTS, average, **setting)
    moved, new_average = rmsprop(theta, -GRADIENTS, average, **setting)
    assert np.allclose(theta - stages[5], moved, rtol=1e-14)
    assert np.array_equal(stages[2], new_average)


def test_the_four_first_steps_are_equal_but_for_what_epsilon_adds():
    steps = stages_of_update(GRADIENTS)[5]
    assert 1.4e-8 < np.ptp(steps) < 1.6e-8
    assert np.allclose(steps, 0.1 / math.sqrt(0.1), rtol=1e-7)


@pytest.mark.parametrize("beta, times_lr", [(0.0, 1), (0.75, 2), (0.9, 3.16227766), (0.99, 10)])
def test_the_first_step_is_lr_over_the_root_of_one_minus_beta(beta, times_lr):
    steps = stages_of_update(GRADIENTS, lr=0.01, beta=beta)[5]
    assert np.allclose(steps, 0.01 * times_lr, rtol=1e-6)


def test_a_gradient_of_a_thousandth_falls_short_by_a_twentieth():
    short = 1 - stages_of_update(np.array(1e-3))[5] * math.sqrt(0.1) / 0.1
    assert round(100 * short, 1) == 4.7


def test_at_its_threshold_epsilon_takes_the_root_of_a_half():
    threshold = math.sqrt(1e-8 / 0.1)
    assert round(threshold, 5) == 0.00032
    step = stages_of_update(np.array(threshold))[5]
    assert math.isclose(step, math.sqrt(0.5) * 0.1 / math.sqrt(0.1))


def test_the_lines_of_the_chart_meet_where_the_gradient_is_divided_by_its_root(chart):
    numbers = chart.numbers
    lines = np.array([numbers[name] for name in ("1", "6", "7", "2")])
    meet = np.ptp(lines, axis=0) < 1e-6
    assert [stage for stage, here in zip(STAGES, meet, strict=True) if here] == list(STAGES[4:])


def test_the_chart_shows_gradient_descent_beside_it_and_says_all_numbers(chart):
    assert np.allclose(chart.numbers["descent"], [0.1, 0.6, 0.7, 0.2])
    assert np.allclose(chart.numbers["steps"], 0.316228)
    assert chart.sentence == (
        "One update, lr = 0.1, beta = 0.9, epsilon = 1e-08, stage 5, step. Gradient 1, 6, 7, 2; "
        "squared 1, 36, 49, 4; average 0.1, 3.6, 4.9, 0.4; root 0.3162, 1.897, 2.214, 0.6325; "
        "gradient / root 3.162, 3.162, 3.162, 3.162; step 0.3162, 0.3162, 0.3162, 0.3162."
    )


def test_a_large_epsilon_leaves_the_smallest_gradient_furthest_behind(chart):
    chart.set(epsilon=1.0)
    steps = dict(zip(GRADIENTS, chart.numbers["steps"], strict=True))
    assert sorted(steps, key=steps.get) == [1, 2, 6, 7]


def test_the_largest_lr_that_may_be_typed_is_computed_in_silence(chart):
    chart.set(lr=1e308)
    assert chart.numbers["steps"][0] == math.inf


def test_all_four_parameters_move_equally_far():
    assert QUESTIONS["furthest"].measure() == (
        "all four equally far",
        "the longest and the shortest step differ by 1.5e-08.",
    )


def test_the_parameter_with_gradient_7_moves_by_more_than_three_times_lr():
    right, measured = QUESTIONS["how_far"].measure()
    assert math.isclose(right, 0.316227766, rel_tol=1e-7)
    assert measured == "0.316228."


@pytest.mark.parametrize(
    "guess, meaning",
    [
        (0.7, "gradient descent"),
        (0.1, "That is lr."),
        (0.143, "without the root"),
        (1, "its root has still to be taken"),
        (0.0316, "makes the step longer"),
        (0.2, "That is too small."),
    ],
)
def test_a_wrong_length_of_the_first_step_is_told_where_it_comes_from(guess, meaning):
    assert meaning in predict("how_far").answer(guess).splitlines()[0]


def test_the_second_step_is_that_of_two_updates_by_the_rule():
    theta = average = np.array(0.0)
    for gradient in (2.0, 6.0):
        before = theta
        theta, average = rmsprop(theta, np.array(gradient), average)
    assert math.isclose(TASKS["second_step"].right(), before - theta)
    assert check_number("second_step", 0.3015)
    assert check_number("second_step", 0.302)


@pytest.mark.parametrize(
    "answer, named",
    [
        (0.3, "kept whole"),
        (0.3, "give three digits"),
        (0.6, "gradient descent"),
        (0.316, "the first step"),
        (0.949, "before its update"),
        (0.0953, "both squares"),
        (0.0995, "second square enters"),
        (0.2236, "not 4"),
        (0.152, "root is missing"),
        (3.015, "lr is missing"),
        (0.1005, "first gradient"),
        (0.1053, "swapped"),
        (0.679, "not squared"),
        (0.618, "both steps"),
        (3.96, "the average"),
        (1.99, "the root"),
        (-0.3015, "sign"),
    ],
)
def test_each_mistake_in_the_second_step_is_named(answer, named):
    verdict = check_number("second_step", answer)
    assert not verdict
    assert named in verdict.message


def test_three_quarters_double_the_first_step():
    assert check_number("double_first_step", 0.75)
    assert np.allclose(stages_of_update(GRADIENTS, beta=0.75)[5], 0.2)
    for answer, named in [(0.5, "root"), (0.25, "1 − beta"), (0.293, "square"), (0.707, "square")]:
        assert named in check_number("double_first_step", answer).message
