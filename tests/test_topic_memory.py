"""beta as a memory: weights, window and half-life, and an average that starts at zero."""

import math

import numpy as np
import pytest

from rmsprop_lesson.lesson import QUESTIONS, TASKS, check_number, predict
from rmsprop_lesson.topics.memory import (
    half_life,
    made_up_gradients,
    memory_chart,
    remember,
    share,
    weights,
    window,
)


@pytest.fixture(scope="module")
def built():
    return memory_chart()


@pytest.fixture
def chart(built):
    built.reset()
    return built


def average_in_a_loop(gradients, beta):
    average, averages = 0.0, []
    for gradient in gradients:
        average = beta * average + (1 - beta) * gradient**2
        averages.append(average)
    return averages


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99])
def test_the_moving_average_is_the_sum_of_weighted_squares_newest_first(beta):
    gradients = made_up_gradients()
    averages, _ = remember(gradients, beta)
    assert np.allclose(averages, average_in_a_loop(gradients, beta), rtol=1e-12)
    weighted = weights(beta, len(gradients)) * gradients[::-1] ** 2
    assert math.isclose(weighted.sum(), averages[-1])


def test_each_step_is_lr_times_the_gradient_over_the_root_of_its_average():
    gradients = np.array([2.0, -6.0, 1.0])
    averages, steps = remember(gradients, 0.9, lr=0.3, epsilon=0.5)
    assert np.allclose(averages, [0.4, 3.96, 3.664], rtol=1e-14)
    assert np.allclose(steps, 0.3 * np.abs(gradients) / np.sqrt(averages + 0.5), rtol=1e-12)


def test_one_number_is_remembered_as_one_gradient_and_what_is_no_number_is_refused():
    assert [each.tolist() for each in remember(2, 0.75, lr=1.0, epsilon=0.0)] == [[1.0], [2.0]]
    with pytest.raises(ValueError, match="gradients must hold"):
        remember([1.0, math.nan], 0.9)


def test_the_weights_sum_to_one_minus_a_power_of_beta():
    for beta in (0.0, 0.3, 0.9, 0.999):
        for n in (1, 2, 10, 50):
            assert math.isclose(weights(beta, n).sum(), share(beta, n))


@pytest.mark.parametrize(
    "beta, steps", [(0.25, 0.5), (0.5, 1), (0.9, 6.5788), (0.99, 68.968), (0.999, 692.80)]
)
def test_after_the_half_life_a_weight_is_one_half(beta, steps):
    assert math.isclose(half_life(beta), steps, rel_tol=1e-5)
    assert math.isclose(beta ** half_life(beta), 0.5)
    assert math.isclose(share(beta, half_life(beta)), 0.5)


def test_without_a_memory_nothing_is_left_after_one_step():
    assert half_life(0.0) == 0
    assert window(0.0) == 1
    assert weights(0.0, 3).tolist() == [1, 0, 0]


def test_the_window_holds_two_thirds_of_the_weight_towards_one_minus_one_over_e():
    assert round(100 * share(0.9, 10), 1) == 65.1
    assert round(100 * weights(0.9, 10).sum(), 1) == 65.1
    held = [share(beta, window(beta)) for beta in (0.5, 0.9, 0.99, 0.999, 0.9999)]
    assert held == sorted(held, reverse=True)
    assert round(100 * held[-1], 1) == round(100 * (1 - 1 / math.e), 1) == 63.2


@pytest.mark.parametrize("beta, times_lr", [(0.0, 1), (0.9, 3.1623), (0.99, 10)])
def test_steps_with_equal_gradients_fall_from_the_first_towards_lr(beta, times_lr):
    _, steps = remember(np.full(3000, 7.0), beta)
    assert math.isclose(steps[0], 0.1 * times_lr, rel_tol=1e-5)
    assert (np.diff(steps) <= 1e-12).all()
    assert math.isclose(steps[-1], 0.1, rel_tol=1e-6)


def test_the_chart_shows_past_gradients_beside_their_weights(chart):
    numbers = chart.numbers
    assert numbers["squared"][[1, 39, 40, 41, 79, 80, 120]].tolist() == [1, 1, 9, 1, 1, 4, 4]
    stems = [numbers[name] for name in ("young", "middle", "old")]
    assert (np.isfinite(stems).sum(axis=0) == 1).all()
    assert np.allclose(np.nansum(stems, axis=0), [0.9**age for age in range(41)])
    assert np.isfinite(stems).sum(axis=1).tolist() == [7, 3, 31]


@pytest.mark.parametrize(
    "beta, in_the_window", [(0.0, 1), (0.5, 2), (0.8, 5), (0.9, 10), (0.95, 20)]
)
def test_the_chart_counts_as_many_gradients_as_the_window_is_long(chart, beta, in_the_window):
    chart.set(beta=beta)
    assert np.isnan(chart.numbers["old"]).sum() == in_the_window
    assert (np.isfinite(chart.numbers["young"])).sum() == math.ceil(half_life(beta))


def test_the_chart_starts_from_an_average_of_zero(chart):
    numbers = chart.numbers
    assert numbers["average"][0] == 0
    assert np.allclose(numbers["average"][1:4], [0.1, 0.19, 0.271])
    assert np.isnan(numbers["step"][0])
    assert np.allclose(numbers["step"][1:40], numbers["step_of_ones"][1:40])
    assert np.allclose(numbers["step_of_ones"][[1, 120]], [1 / math.sqrt(0.1), 1], atol=1e-4)


def test_the_chart_says_half_life_window_and_first_step(chart):
    assert chart.sentence.endswith(
        "Half-life 6.58 steps, window 10 steps. The gradients of one window hold 65.1 % of the "
        "weight. The first step is 3.16 times lr."
    )
    chart.set(beta=0.99)
    assert "Half-life 69 steps, window 100 steps" in chart.sentence
    assert chart.sentence.endswith("hold 63.4 % of the weight. The first step is 10 times lr.")


def test_the_questions_measure_what_the_formulas_say():
    assert math.isclose(QUESTIONS["half_life"].measure()[0], math.log(0.5) / math.log(0.9))
    assert math.isclose(QUESTIONS["window_share"].measure()[0], 100 * (1 - 0.9**10))
    too_long = [1 / math.sqrt(1 - 0.9**n) for n in (22, 23)]
    assert too_long[0] > 1.05 > too_long[1]
    assert QUESTIONS["start_up"].measure() == (23, "23 steps.")


@pytest.mark.parametrize(
    "name, guess, told",
    [
        ("half_life", 6, "You guessed: 6.\n"),
        ("half_life", 7, "You guessed: 7.\n"),
        ("half_life", 10, "the window"),
        ("half_life", 1.1, "1 / beta"),
        ("half_life", 5, "less and less"),
        ("window_share", 63, "You guessed: 63.\n"),
        ("window_share", 100, "do not end"),
        ("window_share", 90, "kept in one step"),
        ("window_share", 50, "shorter"),
        ("window_share", 0.65, "percent"),
        ("start_up", 24, "You guessed: 24.\n"),
        ("start_up", 10, "24 percent"),
        ("start_up", 7, "41 percent"),
        ("start_up", 1, "more than twice"),
    ],
)
def test_a_guess_about_the_memory_is_told_what_it_would_have_meant(name, guess, told):
    assert told in predict(name).answer(guess).partition("Measured")[0]


def test_a_half_life_of_100_steps_needs_more_than_0_99():
    assert math.isclose(half_life(TASKS["beta_for_half_life"].right()), 100)
    assert check_number("beta_for_half_life", 0.9931)
    assert check_number("beta_for_half_life", 0.993)
    for answer, named in [
        (0.99, "window"),
        (0.995, "half of"),
        (1.007, "above 1"),
        (0.005, "divided by 100"),
        (0.9935, "large"),
    ]:
        assert named in check_number("beta_for_half_life", answer).message


def test_what_the_wrong_guesses_about_the_start_would_have_meant_is_so():
    _, steps = remember(np.ones(10), 0.9, lr=1.0)
    assert 2 < steps[1] < steps[0]
    assert round(100 * steps[9]) == 124
    assert round(100 / math.sqrt(share(0.9, half_life(0.9)))) == 141
