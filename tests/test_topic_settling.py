"""The cycle and what ends it: every number that notebook 05 tells, from a second source."""

import itertools
import warnings
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from article import (
    article_data,
    article_loop,
    exact_loop,
    exact_normal_equations,
    exact_optimum,
)

from rmsprop_lesson.figures import stability
from rmsprop_lesson.lesson import QUESTIONS, check_number, predict
from rmsprop_lesson.problems import least_squares, linear_regression
from rmsprop_lesson.stopping import gradient_norm_below, loss_change_below, step_below
from rmsprop_lesson.topics import cycle_lab, schedules, stopping_lab
from rmsprop_lesson.topics.cycle_lab import (
    cycle_series,
    epsilon_threshold,
    loss_floor,
    moving_averages,
)
from rmsprop_lesson.topics.schedules import excess_of_schedules
from rmsprop_lesson.topics.stopping_lab import fires_at, stopping_series, watched
from rmsprop_lesson.trajectory import run

PROBLEM = linear_regression()
TRACE, DETERMINANT = PROBLEM.hessian.trace(), np.linalg.det(PROBLEM.hessian)
STEEPEST = (TRACE + sqrt(TRACE**2 - 4 * DETERMINANT)) / 2


def distance(path):
    """Return how far the parameter that is further off is from its best value, row by row."""
    return np.abs(path.theta - PROBLEM.optimum).max(axis=-1)


# The cycle


@pytest.mark.parametrize("lr", [0.5, 0.2, 0.1, 0.05, 0.01])
def test_the_loss_of_the_cycle_is_half_the_square_of_half_lr_times_the_sum_of_the_hessian(lr):
    hessian, _ = exact_normal_equations(PROBLEM.X, PROBLEM.y)
    total = float(sum(map(sum, hessian)) * Fraction(1, 8)) * lr**2
    assert loss_floor(PROBLEM, lr) == pytest.approx(total, rel=1e-12)
    assert run(PROBLEM, n_steps=3000, lr=lr).excess[-1] == pytest.approx(total, rel=1e-4)


def test_where_x_is_mirrored_the_parameters_hop_in_opposite_directions_at_the_same_floor():
    mirrored = least_squares(-PROBLEM.X, PROBLEM.y, start=PROBLEM.start)
    assert mirrored.hessian[0, 1] < 0
    path = run(mirrored, n_steps=2000)
    off = path.theta[-1] - mirrored.optimum
    assert off[0] * off[1] < 0
    assert np.allclose(np.abs(off), 0.05, atol=1e-7)
    assert path.excess[-1] == pytest.approx(loss_floor(mirrored, 0.1), rel=1e-6)
    assert loss_floor(mirrored, 0.1) == pytest.approx(loss_floor(PROBLEM, 0.1), rel=1e-12)


@pytest.mark.parametrize("beta", [0.3, 0.5, 0.9, 0.95])
@pytest.mark.parametrize("epsilon", [0, 1e-8, 0.01, 0.03])
def test_in_a_cycle_of_two_points_the_gradients_are_equal_but_for_the_sign(beta, epsilon):
    path = run(PROBLEM, n_steps=4000, beta=beta, epsilon=epsilon)
    assert np.allclose(path.theta[-1], path.theta[-3], atol=1e-12)
    assert np.abs(path.gradient[-1]).min() > 0.01
    assert np.allclose(path.gradient[-1], -path.gradient[-2], atol=1e-9)


@pytest.mark.parametrize("beta", [0.3, 0.9])
@pytest.mark.parametrize("first, second", [(2.0, 1.0), (0.1, 0.7)])
def test_the_average_of_gradients_that_alternate_is_the_one_of_the_derivation(beta, first, second):
    averages = moving_averages(np.array([first, second] * 400), beta)
    assert averages[-2] == pytest.approx((first**2 + beta * second**2) / (1 + beta), rel=1e-12)
    assert averages[-1] == pytest.approx((second**2 + beta * first**2) / (1 + beta), rel=1e-12)


@pytest.mark.parametrize("beta, epsilon", [(0.3, 0.0), (0.9, 1e-8), (0.0, 0.2)])
def test_two_unequal_gradients_can_not_make_two_steps_that_cancel(beta, epsilon):
    first, second = np.meshgrid(np.linspace(0.1, 2, 39), np.linspace(0.1, 2, 39))
    there = first / np.sqrt((first**2 + beta * second**2) / (1 + beta) + epsilon)
    back = second / np.sqrt((second**2 + beta * first**2) / (1 + beta) + epsilon)
    same = np.eye(39, dtype=bool)
    assert np.allclose(there[same], back[same], rtol=1e-12)
    assert np.abs(there - back)[~same].min() > 1e-3


def test_without_a_memory_the_two_gradients_differ_and_the_mean_of_the_points_is_wrong():
    path = run(PROBLEM, n_steps=1000, beta=0.0)
    assert np.allclose(np.abs(np.diff(path.theta[-2:], axis=0)), 0.1, atol=1e-6)
    sizes = np.abs(path.gradient[-2:])
    assert np.abs(sizes[0] - sizes[1]).min() > 0.04
    middle = path.theta[-2:].mean(axis=0)
    assert np.abs(middle - PROBLEM.optimum).min() > 0.1


def test_in_the_cycle_lambda_is_two_and_gradient_and_step_keep_their_length():
    path = run(PROBLEM, n_steps=1000)
    rates = path.effective_lr[-1]
    assert np.linalg.eigvals(np.diag(rates) @ PROBLEM.hessian).max() == pytest.approx(2, abs=1e-6)
    assert rates.round(3).tolist() == [0.514, 0.46]
    assert np.linalg.norm(path.gradient[-1]) == pytest.approx(0.2916, abs=5e-5)
    assert np.linalg.norm(path.theta[-1] - path.theta[-2]) == pytest.approx(0.1 * sqrt(2), rel=1e-6)


def two_steps(state, beta=0.9, lr=0.1):
    """Take two steps from (error, error, average, average), written out."""
    error, average = state[:2], state[2:]
    for _ in range(2):
        gradient = PROBLEM.hessian @ error
        average = beta * average + (1 - beta) * gradient**2
        error = error - lr * gradient / np.sqrt(average)
    return np.concatenate([error, average])


@pytest.mark.parametrize(
    "signs, other, attracts", [((1, 1), 0.157, True), ((1, -1), 43.486, False)]
)
def test_of_the_two_cycles_only_the_one_whose_other_eigenvalue_is_below_2_attracts(
    signs, other, attracts
):
    error = 0.05 * np.array(signs)
    gradient = PROBLEM.hessian @ error
    values = np.linalg.eigvals(np.diag(0.1 / np.abs(gradient)) @ PROBLEM.hessian)
    assert np.allclose(np.sort(values), np.sort([2, other]), atol=5e-4)
    state = np.concatenate([error, gradient**2])
    assert np.allclose(two_steps(state), state, rtol=1e-12)
    nearby = [two_steps(state + each) - two_steps(state - each) for each in 1e-7 * np.eye(4)]
    multipliers = np.abs(np.linalg.eigvals(np.array(nearby) / 2e-7))
    assert (multipliers.max() < 1) == attracts


# Epsilon


@pytest.mark.parametrize("lr", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99])
def test_above_its_threshold_epsilon_ends_the_hops_for_any_beta(lr, beta):
    threshold = (lr * STEEPEST / 2) ** 2
    assert epsilon_threshold(PROBLEM, lr) == pytest.approx(threshold, rel=1e-12)
    path = run(PROBLEM, n_steps=3000, lr=lr, beta=beta, epsilon=1.05 * threshold)
    assert distance(path)[-1] < 1e-10
    assert (np.diff(path.excess) <= 1e-15).all()


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.95])
def test_below_the_threshold_an_error_of_1e_9_grows_to_a_cycle(beta):
    start = PROBLEM.optimum + 1e-9
    path = run(PROBLEM, n_steps=2000, beta=beta, epsilon=0.042, start=start)
    assert distance(path)[-1] == pytest.approx(0.0066, abs=5e-5)
    above = run(PROBLEM, n_steps=2000, beta=beta, epsilon=0.0434, start=start)
    assert distance(above)[-1] < 1e-9


def test_slightly_below_the_threshold_a_run_looks_settled():
    assert distance(run(PROBLEM, n_steps=2000, epsilon=0.042))[-1] < 1e-12


def test_the_hop_with_epsilon_fulfils_its_own_equation():
    path = run(PROBLEM, n_steps=3000, epsilon=0.03)
    error, gradient = np.abs(path.theta[-1] - PROBLEM.optimum), np.abs(path.gradient[-1])
    assert np.allclose(2 * error, 0.1 * gradient / np.sqrt(gradient**2 + 0.03), rtol=1e-9)
    assert error.max() < 0.03


# Stopping rules


RULES = {"change": loss_change_below, "gradient": gradient_norm_below, "step": step_below}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("tolerance", [1e-1, 1e-3, 1e-4, 1e-5, 1e-8])
@pytest.mark.parametrize("lr, beta", [(0.1, 0.9), (0.2, 0.5), (0.05, 0.0)])
def test_the_lab_says_where_a_stopped_run_stops(name, tolerance, lr, beta):
    path = run(PROBLEM, n_steps=300, lr=lr, beta=beta)
    first = fires_at(watched(path)[name], tolerance)
    stopped = run(PROBLEM, n_steps=300, lr=lr, beta=beta, stop=RULES[name](tolerance))
    assert first == (-1 if stopped.stopped_by == "n_steps" else stopped.stopped_at)


def test_the_change_of_the_loss_stops_the_run_at_77_and_the_others_never():
    path = run(PROBLEM, n_steps=1000)
    seen = watched(path)
    assert fires_at(seen["change"], 1e-4) == 77
    assert path.excess[77] == pytest.approx(1.3e-3, rel=0.01)
    assert fires_at(seen["gradient"], 1e-9) == fires_at(seen["step"], 1e-9) == -1
    assert seen["change"][-100:].max() < 1e-12


def test_what_is_left_where_a_rule_ends_the_run_is_the_excess_there():
    lr, beta, tolerance = np.array([0.1, 0.1]), np.array([0.9, 0.9]), np.array([1e-4, 1e-9])
    series = stopping_series(PROBLEM, tolerance=tolerance, lr=lr, beta=beta)
    left = series["left by change"][:, 0]
    assert np.isnan(left[:77]).all()
    assert (left[77:] == run(PROBLEM, n_steps=77).excess[-1]).all()
    assert np.isnan(series["left by gradient"][:, 1]).all()
    assert series["tolerance"][-1].tolist() == [1e-4, 1e-9]


# Does it converge?


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.95])
def test_with_these_betas_it_ends_in_the_cycle(beta):
    assert np.allclose(distance(run(PROBLEM, n_steps=5000, beta=beta))[-10:], 0.05, atol=1e-7)


@pytest.mark.parametrize("beta, iteration", [(0.99, 557), (0.999, 494)])
def test_with_a_long_memory_the_gradient_becomes_exactly_zero(beta, iteration):
    path = run(PROBLEM, n_steps=2000, beta=beta)
    zero = (path.gradient == 0).all(axis=1)
    assert zero.argmax() == iteration
    assert zero[iteration:].all()
    assert distance(path)[-1] < 1e-14


@pytest.mark.parametrize("beta", [0.9, 0.99, 0.999])
def test_the_optimum_throws_out_what_starts_1e_9_beside_it(beta):
    path = run(PROBLEM, n_steps=1000, beta=beta, start=PROBLEM.optimum + 1e-9)
    assert distance(path)[0] < 1.1e-9
    assert distance(path).max() > 0.3


def test_at_rest_the_averages_fade_and_lambda_climbs_to_its_cap():
    rates = run(PROBLEM, n_steps=4000, beta=0.99).effective_lr[-1]
    assert stability(PROBLEM, rates) == pytest.approx(0.1 / 1e-4 * STEEPEST, rel=1e-3)
    fading = run(PROBLEM, n_steps=3000, beta=0.999).effective_lr
    assert np.allclose(fading[-1] / fading[-2], 1 / sqrt(0.999), rtol=1e-6)
    assert stability(PROBLEM, fading[-1]) > 2


@pytest.mark.parametrize("beta", [0.99, 0.999])
def test_the_article_s_loop_does_not_rest_where_run_does_and_is_thrown_out(beta):
    off = np.abs(article_loop(3000, beta=beta) - PROBLEM.optimum).max(axis=1)
    assert off[557] < 1e-9
    assert off[558:].max() > 0.3


def test_with_80_digits_instead_of_16_the_run_at_beta_0_99_ends_in_the_cycle():
    X, y, start = article_data()
    optimum = [float(each) for each in exact_optimum(X, y)]
    path = exact_loop(X, y, start.ravel(), 3000, beta="0.99")
    off = np.abs(np.array(path, dtype=float) - optimum).max(axis=1)
    assert off[500:600].max() < 1e-9
    assert off[-1] == pytest.approx(0.05, abs=1e-4)


# Schedules and the mean of two points

PLAIN = {
    "constant": lambda t: 0.1,
    "halved every 100": lambda t: 0.1 / 2 ** ((t - 1) // 100),
    "lr/√t": lambda t: 0.1 / sqrt(t),
    "lr·0.99ᵗ": lambda t: 0.1 * 0.99**t,
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_schedule_does_what_a_plain_loop_does(name):
    theta, average = PROBLEM.start, np.zeros(2)
    for t in range(1, 1001):
        gradient = PROBLEM.hessian @ (theta - PROBLEM.optimum)
        average = 0.9 * average + 0.1 * gradient**2
        theta = theta - PLAIN[name](t) * gradient / np.sqrt(average + 1e-8)
        if t in (50, 100):
            told = excess_of_schedules(PROBLEM, 0.1, t)[name][-1]
            assert told == pytest.approx(PROBLEM.excess(theta), rel=1e-6)
    told = excess_of_schedules(PROBLEM, 0.1, 1000)[name][-1]
    assert told == pytest.approx(PROBLEM.excess(theta), rel=0.01, abs=1e-20)


def test_the_numbers_of_the_cures_after_1000_iterations():
    last = {name: each[-1] for name, each in excess_of_schedules(PROBLEM, 0.1, 1000).items()}
    assert last["constant"] == pytest.approx(0.0102945, abs=1e-7)
    assert last["halved every 100"] == pytest.approx(4.3e-8, rel=0.01)
    assert last["lr/√t"] == pytest.approx(1.02e-5, rel=0.01)
    assert last["lr·0.99ᵗ"] < 1e-20
    assert last["mean of two points"] < 1e-20


@pytest.mark.parametrize("name", ["halved every 100", "lr/√t"])
def test_a_schedule_follows_the_floor_of_its_present_lr(name):
    lr = 0.1 * schedules.schedules(1000)[name][-1]
    excess = excess_of_schedules(PROBLEM, 0.1, 1000)[name][-1]
    assert excess == pytest.approx(loss_floor(PROBLEM, lr), rel=0.12)


def test_the_exponential_schedule_ends_the_hops_where_epsilon_is_above_the_threshold():
    rates = 0.1 * schedules.schedules(1000)["lr·0.99ᵗ"]
    crossed = 1 + np.argmax((rates * STEEPEST / 2) ** 2 < 1e-8)
    excess = excess_of_schedules(PROBLEM, 0.1, 1000)["lr·0.99ᵗ"]
    assert excess[crossed - 60] > 1e-10
    assert excess[-1] < 1e-20


def test_many_learning_rates_give_what_each_gives_alone():
    together = excess_of_schedules(PROBLEM, np.array([0.05, 0.2]), 150)
    for column, lr in enumerate((0.05, 0.2)):
        for name, values in excess_of_schedules(PROBLEM, lr, 150).items():
            assert np.array_equal(together[name][:, column], values, equal_nan=True)


@pytest.mark.parametrize("n_steps", [200, 300])
def test_the_mean_of_the_last_two_points_is_nearly_right_before_the_cycle_has_settled(n_steps):
    path = run(PROBLEM, n_steps=n_steps)
    middle = (path.theta[-1] + path.theta[-2]) / 2
    told = excess_of_schedules(PROBLEM, 0.1, n_steps)["mean of two points"][-1]
    assert told == pytest.approx(PROBLEM.excess(middle), rel=1e-9)
    assert path.excess[-1] / told > 1e3


# What the reader is asked


def test_the_guesses_are_measured_as_the_plain_program_has_it():
    X, y, _ = article_data()
    optimum = np.array([float(each) for each in exact_optimum(X, y)])
    error = article_loop(1000, lr=0.05)[-1] - optimum
    hessian = np.array(exact_normal_equations(X, y)[0], dtype=float)
    right, said = QUESTIONS["half_lr"].measure()
    assert right == pytest.approx(error @ hessian @ error / 2, rel=1e-3)
    assert said == "0.00257."
    assert "0.0103 above" in QUESTIONS["half_lr"].text
    assert round(loss_floor(PROBLEM, 0.1), 4) == 0.0103


def test_the_middle_lags_behind_on_the_way_and_lies_between_the_hops():
    X, y, _ = article_data()
    optimum = np.array([float(each) for each in exact_optimum(X, y)])
    hessian = np.array(exact_normal_equations(X, y)[0], dtype=float)
    path = article_loop(150) - optimum

    def excess(error):
        return error @ hessian @ error / 2

    middles = {k: excess((path[k] + path[k - 1]) / 2) for k in (100, 150)}
    assert middles[100] > 1.1 * excess(path[100])
    assert middles[150] < 0.2 * excess(path[150])
    right, said = QUESTIONS["middle"].measure()
    assert right == "only after 150"
    assert f"after 100 iterations the middle is {middles[100]:.1e} above" in said
    assert "after 127 iterations" in QUESTIONS["middle"].text
    assert run(PROBLEM, n_steps=1000).loss.argmin() == 127


@pytest.mark.parametrize(
    "name, guess, said",
    [
        ("half_lr", "0.00515", "That is half."),
        ("half_lr", "0.0103", "That is the same again."),
        ("half_lr", "0.0013", "That is an eighth."),
        ("half_lr", "0.0026", "Measured: 0.00257. That is a quarter."),
        ("kick", "about 1e-9", "Measured: 0.0066. So the error has grown step by step."),
        ("rules", "none", "Measured: the first fires at iteration 77, where the loss is still"),
        (
            "middle",
            "both times",
            "the middle lags behind.\nThe answer: only after 150. Measured: after 100 iterations",
        ),
        ("middle", "neither time", "It is enough that they go to both sides.\nThe answer: only"),
        ("schedules", "constant", "constant 0.01; halved every 100 0.0006; lr/√t 2.5; lr·0.99ᵗ 2"),
    ],
)
def test_a_guess_is_told_what_it_means(name, guess, said):
    assert said in predict(name).answer(guess)


@pytest.mark.parametrize(
    "name, answer, said",
    [
        ("floor", 0.0412, "Right."),
        ("floor", 0.04118, "Right."),
        ("floor", 0.041, "Give one digit more"),
        ("floor", 0.01029, "floor of lr 0.1"),
        ("floor", 0.02059, "lr stands in a square"),
        ("floor", 0.08236, "The ½ in front is missing."),
        ("floor", 0.1647, "at lr/2 from the optimum"),
        ("floor", 0.3294, "and lr stands where lr/2 belongs"),
        ("floor", 0.02227, "beside the diagonal"),
        ("floor", 0.04131, "along the steepest direction"),
        ("threshold", 0.171, "Right."),
        ("threshold", 0.0427, "threshold of lr 0.1"),
        ("threshold", 0.0853, "look for the square"),
        ("threshold", 0.683, "The 2 is missing."),
        ("threshold", 0.413, "root of epsilon"),
        ("threshold", 0.00104, "flat direction"),
        ("threshold", 0.3414, "inside the square"),
    ],
)
def test_an_answer_is_right_or_its_mistake_is_named(name, answer, said):
    verdict = check_number(name, answer)
    assert said in str(verdict)
    assert bool(verdict) == (said == "Right.")


# The charts

LABS = {
    "cycle": (cycle_lab.cycle_lab, {"lr": 1e200, "beta": 0.999999, "epsilon": 1e-300}),
    "stopping": (stopping_lab.stopping_lab, {"tolerance": 1e-300, "lr": 1e200, "beta": 0.999999}),
    "schedules": (schedules.schedule_lab, {"lr": 1e200}),
}


@pytest.fixture(scope="module", params=LABS)
def lab(request):
    make, typed = LABS[request.param]
    with warnings.catch_warnings(action="error"):
        return make(), typed


def corners(chart):
    ends = [(each.positions[0], each.positions[-1]) for each in chart.dials.values()]
    return [dict(zip(chart.dials, values, strict=True)) for values in itertools.product(*ends)]


def test_every_corner_of_the_dials_has_a_picture_and_a_sentence_without_a_warning(lab):
    chart, typed = lab
    with warnings.catch_warnings(action="error"):
        for values in (*corners(chart), typed):
            chart.set(**values)
            assert chart.sentence.endswith(".")
            assert " nan" not in chart.sentence
        assert chart.png().startswith(b"\x89PNG")
    chart.reset()


@pytest.mark.parametrize(
    "series, words, settings",
    [
        (
            cycle_series,
            cycle_lab.in_words,
            {"lr": [0.1, 0.2], "beta": [0.9, 0.0], "epsilon": [1e-8, 0.2]},
        ),
        (
            stopping_series,
            stopping_lab.in_words,
            {"tolerance": [1e-4, 1e-9], "lr": [0.1, 0.5], "beta": [0.9, 0.5]},
        ),
    ],
)
def test_many_settings_at_once_are_what_each_is_alone(series, words, settings):
    many = series(PROBLEM, **{name: np.array(values) for name, values in settings.items()})
    for column, told in enumerate(cycle_lab.each_in_words(words, many)):
        alone = series(PROBLEM, **{name: values[column] for name, values in settings.items()})
        assert told == words(alone)
        for name, values in alone.items():
            assert np.array_equal(many[name][:, column], values, equal_nan=True)


@pytest.mark.parametrize(
    "lr, beta, epsilon", [(0.1, 0.9, 1e-8), (0.2, 0.0, 0.05), (0.05, 0.5, 0.3)]
)
def test_the_cycle_lab_shows_what_a_plain_loop_computes(lr, beta, epsilon):
    series = cycle_series(PROBLEM, 60, lr=lr, beta=beta, epsilon=epsilon)
    theta, average = PROBLEM.start, np.zeros(2)
    for t in range(61):
        gradient = PROBLEM.hessian @ (theta - PROBLEM.optimum)
        average = beta * average + (1 - beta) * gradient**2
        rate = lr / np.sqrt(average + epsilon)
        largest = np.linalg.eigvals(np.diag(rate) @ PROBLEM.hessian).max()
        error = theta - PROBLEM.optimum
        for name, values in (("average", average), ("rate", rate), ("off", error)):
            for i in (0, 1):
                assert series[f"{name} {i}"][t] == pytest.approx(values[i], rel=1e-6, abs=1e-9)
        assert series["stability"][t] == pytest.approx(largest, rel=1e-6)
        excess = gradient @ error / 2
        assert series["excess"][t] == pytest.approx(excess, rel=1e-6, abs=1e-15)
        theta = theta - rate * gradient


def test_the_cycle_lab_tells_when_the_first_step_is_unstable_and_where_epsilon_lies():
    told = cycle_lab.in_words(cycle_series(PROBLEM, lr=0.1, beta=0.9, epsilon=1e-8))
    assert told.startswith("Epsilon lies below its threshold, 0.0427. λmax(PH) exceeds 2 first at")
    assert "at step 105." in told
    assert told.endswith("off by 0.05 and 0.05.")
    told = cycle_lab.in_words(cycle_series(PROBLEM, lr=0.1, beta=0.9, epsilon=0.043))
    assert told.startswith("Epsilon lies above its threshold, 0.0427. λmax(PH) stays below 2.")


def test_the_lab_for_stopping_rules_tells_where_each_fires():
    told = stopping_lab.in_words(stopping_series(PROBLEM, tolerance=1e-4, lr=0.1, beta=0.9))
    assert "change of the loss: stops at 77, 1.3e-03 above" in told
    stopped = run(PROBLEM, stop=gradient_norm_below(1e-4))
    assert f"gradient: stops at {stopped.stopped_at}, {stopped.excess[-1]:.1e} above" in told
    told = stopping_lab.in_words(stopping_series(PROBLEM, tolerance=1e-9, lr=0.1, beta=0.9))
    assert told.count("does not stop the run") == 2


def test_below_a_certain_lr_epsilon_is_above_its_threshold():
    limit = schedules.lr_where_epsilon_takes_over(PROBLEM)
    assert epsilon_threshold(PROBLEM, limit) == pytest.approx(1e-8, rel=1e-12)
    assert limit == pytest.approx(2e-4 / STEEPEST, rel=1e-12)
