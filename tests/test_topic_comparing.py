"""Notebook 06: problems that change, the audit, questions, tasks, and what the charts show."""

import re
from functools import cache
from itertools import product
from math import sqrt

import numpy as np
import pytest
from article import article_data, article_loop

from rmsprop_lesson.lesson import check_number, predict
from rmsprop_lesson.optimizers import adagrad, adam, gradient_descent, momentum, rmsprop
from rmsprop_lesson.problems import least_squares, linear_regression, quadratic_bowl
from rmsprop_lesson.races import race, stays_below
from rmsprop_lesson.topics import audit as audits
from rmsprop_lesson.topics import comparing_charts as charts
from rmsprop_lesson.topics.audit import CLAIMS, audit, read_back
from rmsprop_lesson.topics.changing_problems import (
    Sparse,
    distance,
    drifting,
    flipping,
    mean_distance,
    mini_batches,
)
from rmsprop_lesson.topics.findings import Finding, share_of_way
from rmsprop_lesson.trajectory import run

# --- problems that change ------------------------------------------------------------------------


def slopes(problem, theta, t):
    """Return the gradient as differences of the loss."""
    small = 1e-6 * np.eye(2)
    return [(problem.loss(theta + d, t) - problem.loss(theta - d, t)) / 2e-6 for d in small]


@pytest.mark.parametrize("t", [0, 3, 7])
def test_the_gradient_of_a_moving_problem_is_the_slope_of_its_loss(t):
    problem, theta = linear_regression(), np.array([1.0, -2.0])
    for moving in (
        flipping(problem, 2, 10.0),
        flipping(problem, 3),
        drifting(problem, [0.3, -0.1]),
        Sparse(3),
    ):
        assert np.allclose(moving.gradient(theta, t), slopes(moving, theta, t), rtol=1e-6)


def test_a_flipped_target_is_the_problem_with_minus_y():
    problem, theta = linear_regression(), np.array([1.0, -2.0])
    flipped = least_squares(problem.X, -problem.y)
    moving = flipping(problem, period=100, factor=7.0)
    for t, other, factor in ((99, problem, 1), (100, flipped, 7), (199, flipped, 7)):
        assert np.allclose(moving.target(t), other.optimum)
        assert np.allclose(moving.gradient(theta, t), factor * other.gradient(theta))
    assert np.array_equal(moving.target(200), problem.optimum)


def test_many_runs_may_have_a_period_and_a_factor_each():
    problem = linear_regression()
    periods, factors, rates = np.array([5, 8, 20]), np.array([1.0, 10, 3]), [0.1, 0.2, 0.3]
    many = run(flipping(problem, periods, factors), n_steps=60, lr=rates)
    for k, (period, factor, lr) in enumerate(zip(periods, factors, rates, strict=True)):
        one = run(flipping(problem, int(period), float(factor)), n_steps=60, lr=lr)
        assert np.array_equal(many.theta[:, k], one.theta)
        assert np.array_equal(distance(many)[:, k], distance(one))


def test_the_distance_is_that_of_the_parameter_that_is_further_away():
    moving = drifting(linear_regression(), [1.0, -2.0])
    path = run(moving, gradient_descent, n_steps=4, lr=1e-12)
    start = moving.start - moving.problem.optimum  # (-4.58, -4.34), while the target moves
    expected = [max(abs(start[0] - t), abs(start[1] + 2 * t)) for t in range(5)]
    assert np.allclose(distance(path), expected)
    assert np.isclose(mean_distance(path), np.mean(expected[2:]))


@pytest.mark.parametrize("k", [1, 5, 10, 100])
def test_a_seldom_gradient_gets_as_far_as_the_formulas_say(k):
    assert np.isclose(share_of_way(gradient_descent, k), 1 / k)
    assert np.isclose(share_of_way(rmsprop, k), sqrt((1 - 0.9**k) / 0.1) / k)
    assert np.isclose(share_of_way(rmsprop, k, beta=0.5), sqrt((1 - 0.5**k) / 0.5) / k)
    assert np.isclose(share_of_way(adagrad, k), 1 / sqrt(k), rtol=0.03)


def test_the_share_of_the_way_of_many_runs_at_once_is_that_of_each_alone():
    betas = np.array([0.5, 0.9, 0.99])
    alone = [share_of_way(rmsprop, 10, beta=beta) for beta in betas]
    assert share_of_way(rmsprop, 10, beta=betas).tolist() == alone


def test_the_gradient_of_a_mini_batch_is_that_of_the_rows_drawn():
    X, y, _ = article_data()
    drawn = np.random.RandomState(4).randint(100, size=(3, 10), dtype=np.int64)
    noisy, theta = mini_batches(linear_regression(), seed=4, number=3), np.array([1.0, -2.0])
    for t in range(5):
        rows = drawn[t % 3]
        ones = np.c_[np.ones((10, 1)), X[rows]]
        expected = 2 / 10 * ones.T @ (ones @ theta - y[rows, 0])
        assert np.allclose(noisy.gradient(theta, t), expected)


def test_mini_batches_give_the_whole_gradient_on_the_mean_and_the_loss_of_all_data():
    problem, theta = linear_regression(), np.array([1.0, -2.0])
    noisy = mini_batches(problem, seed=0)
    mean = np.mean([noisy.gradient(theta, t) for t in range(2000)], axis=0)
    assert np.allclose(mean, problem.gradient(theta), rtol=0.02)
    assert noisy.loss(theta) == problem.loss(theta)
    assert noisy.excess(theta) == problem.excess(theta)
    again = mini_batches(problem, seed=0, number=5)
    assert np.array_equal(again.gradient(theta, 4), noisy.gradient(theta, 4))


# --- the audit -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared():
    return audit({1: "true", 2: "half", 3: None})


def test_a_claim_is_true_where_all_tests_hold_false_where_none_does_else_half_true():
    for held, verdict in (((1, 1), "true"), ((1, 0), "half"), ((0, 0), "false"), ((1,), "true")):
        finding = Finding(tuple((bool(each), "it is so.") for each in held), notes=("Seen once.",))
        assert finding.verdict == verdict
        assert finding.lines[0] == ("Yes: it is so." if held[0] else "No: it is so.")
        assert finding.lines[-1] == "Seen once."


def test_to_be_alike_is_not_to_hold():
    finding = Finding(((True, "it is so."), (None, "they are alike.")))
    assert (finding.verdict, finding.lines[1]) == ("half", "Alike: they are alike.")
    assert Finding(((None, ""),)).verdict == "false"


@pytest.mark.parametrize(("rule", "way"), [(rmsprop, 25.5), (adagrad, 0.83)])
def test_the_way_of_a_seldom_gradient_is_that_of_a_plain_loop(shared, rule, way):
    theta, memory = 0.0, 0.0
    for t in range(2000):
        if t == 1000:
            start = theta
        gradient = float(t % 10 == 0)
        memory = 0.9 * memory + 0.1 * gradient**2 if rule is rmsprop else memory + gradient**2
        theta -= 0.1 * gradient / sqrt(memory + 1e-8)
    assert np.isclose(start - theta, way, rtol=0.01)
    assert f"{way} with {'RMSProp' if rule is rmsprop else 'AdaGrad'}" in told(shared, 5)


def test_the_verdicts_are_the_lesson_s(shared):
    verdicts = {number: finding.verdict for number, finding in shared.findings.items()}
    assert verdicts == {
        1: "true",
        2: "half",
        3: "half",
        4: "half",
        5: "half",
        6: "false",
        7: "false",
    }


def test_every_claim_has_its_prediction_measurement_and_verdict(shared):
    text, page = repr(shared), shared._repr_html_()
    for number, claim in CLAIMS.items():
        assert f"{number}. {claim}" in text and f"{number}. {claim}" in page
        for line in shared.findings[number].lines:
            assert line in text and line in page
    assert "You predicted: half. Verdict: half." in text
    assert text.count("You predicted: none yet.") == page.count(">none yet</td>") == 5
    assert re.search(rf"{re.escape(CLAIMS[2])}</td><td[^>]*>half</td>", page)
    for shown in (text, page):
        assert "Two parameters of one quadratic prove nothing in general" in shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, "none yet"),
        ("true", "true"),
        (" Half ", "half"),
        ("half  true", "half"),
        (False, "false"),
        (True, "true"),
        ("maybe", "none yet"),
        ("<b>true</b>", "none yet"),
        (1, "none yet"),
        ([], "none yet"),
    ],
)
def test_a_prediction_is_read_and_anything_else_is_none(given, shown, monkeypatch):
    monkeypatch.setattr(audits, "MEASURES", {2: lambda: Finding(((True, "it is so."),))})
    assert audit({2: given}).predicted[2] == shown
    assert f"You predicted: {shown}." in repr(audit({2: given}))


@pytest.mark.parametrize("given", [None, {}, [1, 2], "true", 3], ids=repr)
def test_an_audit_needs_no_predictions(given, monkeypatch):
    monkeypatch.setattr(audits, "MEASURES", {})
    assert set(audit(given).predicted.values()) == {"none yet"}


def test_a_word_that_is_none_of_the_three_is_named_at_once():
    given = {1: "true", 2: "fasle", 3: None, 4: " Half", 5: False, 6: "half true", 7: 1}
    assert read_back(given) == (
        'Claim 2: \'fasle\' is none of "true", "half", "false".\n'
        'Claim 7: 1 is none of "true", "half", "false".\n'
        "No prediction yet: 3."
    )


def test_what_is_still_open_is_listed_and_a_full_list_is_noted():
    assert read_back({1: "true", 3: "half"}) == "No prediction yet: 2, 4, 5, 6, 7."
    assert read_back("true") == read_back({}) == "No prediction yet: 1, 2, 3, 4, 5, 6, 7."
    assert read_back(dict.fromkeys(CLAIMS, "false")) == "All seven are noted."


def test_what_is_no_number_of_a_claim_is_named():
    given = dict.fromkeys(CLAIMS, "half") | {"1": "true", 8: "false"}
    assert read_back(given) == (
        "'1' is no claim: write its number, 1 to 7, without quotes.\n"
        "8 is no claim: write its number, 1 to 7, without quotes."
    )


def told(shared, number):
    return " ".join(shared.findings[number].lines)


def test_the_rates_on_the_bowl_are_those_of_a_plain_loop(shared):
    for angle, rates in ((0, "8.3 and 0.041"), (45, "0.079 and 0.078")):
        turn = np.deg2rad(angle)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        hessian, average, seen = rotation @ np.diag([0.004, 4.0]) @ rotation.T, 0, []
        theta = rotation @ [-5.0, -2.0]
        for _ in range(50):
            gradient = hessian @ theta
            average = 0.9 * average + 0.1 * gradient**2
            seen.append(0.1 / np.sqrt(average + 1e-8))
            theta = theta - seen[-1] * gradient
        assert "{:.2g} and {:.2g}".format(*seen[19]) == rates
        assert rates in told(shared, 1)
        assert "rates grow {:.2g} and {:.2g} times".format(*(seen[49] / seen[19])) in told(
            shared, 1
        )


def test_under_equal_gradients_the_rates_do_not_grow_by_themselves_as_claim_1_asks():
    rates = run(Sparse(1), n_steps=50, lr=0.1).effective_lr[:, 0]
    assert np.isclose(rates[49] / rates[19], sqrt((1 - 0.9**20) / (1 - 0.9**50)))
    assert rates[0] / rates[49] > 2 > rates[49] / rates[19]  # but in the first steps they fall


def test_the_races_of_the_audit_are_the_lesson_s(shared):
    assert "iteration 184 (lr 0.079) on, gradient descent from 24 (lr 0.4)." in told(shared, 2)
    assert "own start alone: 184 (lr 0.079), gradient descent 7 (lr 0.35)." in told(shared, 2)
    assert "Yes: level bowl of condition 1000" in told(shared, 2)
    assert "first below 0.01 at iteration 61, gradient descent 24." in told(shared, 2)
    assert "iteration 174 (lr 0.089) on, gradient descent from 447 (lr 0.45)." in told(shared, 3)
    assert "Alike: bowl and starts turned by 45°" in told(shared, 3)
    assert "iteration 496 (lr 0.032) on, gradient descent from 447 (lr 0.45)." in told(shared, 3)


def test_each_claim_says_its_criterion_and_what_was_searched(shared):
    for number in CLAIMS:
        assert "Criterion: " in told(shared, number) or "the criterion" in told(shared, number)
        searched = "Searched: for each rule lr" in told(shared, number)
        assert searched == (number in (2, 3, 4))
        assert searched != ("Nothing was searched." in told(shared, number))


@pytest.mark.parametrize(
    ("rule", "beta"), [(gradient_descent, 0), (rmsprop, 0.9), (rmsprop, 0.99), (rmsprop, 0.999)]
)
@pytest.mark.parametrize("factor", [1.0, 100.0])
def test_the_mean_distance_from_the_jumping_target_is_that_of_a_plain_loop(
    shared, rule, beta, factor
):
    X, y, start = article_data()
    ones = np.c_[np.ones((100, 1)), X]
    best = np.linalg.lstsq(ones, y, rcond=None)[0]
    moving = flipping(linear_regression(), 100, factor)
    settings = {"beta": beta} if rule is rmsprop else {}
    won = race(moving, rule, mean_distance, n_steps=1000, **settings)
    theta, average, far = start, 0, []
    for t in range(1001):
        sign, scale = (-1, factor) if t // 100 % 2 else (1, 1.0)
        far.append(np.abs(theta - sign * best).max())
        gradient = scale * 2 / 100 * ones.T @ (ones @ theta - sign * y)
        average = beta * average + (1 - beta) * gradient**2
        root = np.sqrt(average + 1e-8) if rule is rmsprop else 1.0
        theta = theta - won.lr * gradient / root
    by_rounding = 0.15 if rule is rmsprop else 1e-9  # it hops, and rounding decides on the hops
    assert np.isclose(np.mean(far[500:]), won.best, rtol=by_rounding)
    best_beta = {1.0: 0.999, 100.0: 0.9}[factor]
    assert (str(won) in told(shared, 4)) == (beta in (0, 0.9, best_beta))


def test_with_a_longer_memory_rmsprop_no_longer_hops_behind_the_jumping_target():
    moving, ends = flipping(linear_regression(), 100), [599, 699, 799, 899]
    for beta, lr in ((0.9, 1.1), (0.99, 1.1), (0.999, 1.0)):
        path = run(moving, n_steps=1000, lr=lr, beta=beta)
        growth = path.effective_lr[600:700].max(axis=0) / path.effective_lr[600:700].min(axis=0)
        if beta == 0.9:
            assert distance(path)[ends].min() > 0.1 and growth.min() > 10
        else:
            assert distance(path)[ends].max() < 0.001 and growth.max() < 2


def test_gradient_descent_lags_behind_a_drifting_target_by_what_an_identity_says(shared):
    problem, velocity = linear_regression(), np.array([0.01, -0.01])
    won = race(drifting(problem, velocity), gradient_descent, mean_distance, n_steps=1000)
    lag = np.linalg.solve(won.lr * problem.hessian, velocity)  # where a step equals the drift
    assert np.isclose(np.abs(lag).max(), won.best, rtol=0.02)
    assert str(won) in told(shared, 4)


def test_epsilon_ends_the_cycle_from_its_threshold_on(shared):
    assert "with epsilon 0.0418 the run ends 0.0074 off" in told(shared, 6)
    X, y, _ = article_data()
    ones = np.c_[np.ones((100, 1)), X]
    best = np.linalg.lstsq(ones, y, rcond=None)[0].ravel()
    hessian = 2 / 100 * ones.T @ ones
    assert 0.0418 < (0.1 * np.linalg.eigvalsh(hessian)[-1] / 2) ** 2 < 0.0435
    for epsilon, low, high in ((0.0418, 1e-3, 1e-2), (0.0435, 0, 1e-9)):
        theta, average = best + 1e-9, 0
        for _ in range(5000):
            gradient = hessian @ (theta - best)
            average = 0.9 * average + 0.1 * gradient**2
            theta = theta - 0.1 * gradient / np.sqrt(average + epsilon)
        assert low <= np.abs(theta - best).max() <= high


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.95])
def test_with_a_short_memory_the_last_step_is_as_long_as_lr(shared, beta):
    path = article_loop(5000, beta=beta)
    assert np.allclose(np.abs(path[-1] - path[-2]), 0.1, atol=1e-3)
    assert "step 5000 is still 0.100 long" in told(shared, 7)


def test_with_a_long_memory_the_run_rests_where_nothing_keeps_it(shared):
    assert "exactly 0 at iteration 557 and 494" in told(shared, 7)
    assert "is thrown out to 0.98 and 3.14" in told(shared, 7)
    problem = linear_regression()
    for beta, rest in ((0.99, 557), (0.999, 494)):
        path = run(problem, n_steps=600, beta=beta)
        assert path.gradient[rest - 1].any() and not path.gradient[rest:].any()
        # the first steps from beside it: lr/sqrt(1 − beta) at most, as soon as the gradient is seen
        beside = run(problem, n_steps=100, beta=beta, start=problem.optimum + 1e-9)
        thrown = np.abs(beside.theta - problem.optimum).max()
        assert 0.5 < thrown / (0.1 / sqrt(1 - beta)) < 2


# --- questions and tasks -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "right", "words"),
    [
        ("race", "gradient descent", "from iteration 24 (lr 0.4) on, RMSProp from 184 (lr 0.079)"),
        ("turned", "both alike", "447 (lr 0.45), RMSProp 496 (lr 0.032)."),
        ("seldom", "0.255", "Measured: 0.255."),
        ("jumping", "gradient descent", "0.286 (lr 0.32) with gradient descent and 0.571"),
        ("noise_floor", "it becomes half", "with lr 0.1, and 0.0173 with 0.05."),
    ],
)
def test_the_questions_are_answered_by_what_was_measured(name, right, words):
    reply = predict(name).answer(right)
    assert words in reply
    said = " That is right." if predict(name).choices else ""
    assert reply.startswith(f"You guessed: {right}.{said}\nMeasured: ")
    for wrong in set(predict(name).choices) - {right}:
        guessed, answered = predict(name).answer(wrong).split("\n")
        assert guessed.startswith(f"You guessed: {wrong}. ") and "That is right" not in guessed
        assert answered.startswith(f"The answer: {right}. Measured: ")


@pytest.mark.parametrize(
    ("guess", "meaning"),
    [
        (25, "That is in percent."),
        (25.5, "That is in percent."),
        (10, "That is gradient descent, in percent."),
        (2.55, "That is how much longer each step is."),
    ],
)
def test_a_part_that_was_given_in_percent_is_named(guess, meaning):
    assert meaning in predict("seldom").answer(str(guess))


def test_the_numbers_of_the_tasks_follow_their_formulas():
    total = 2 * (1 + 2 * article_data()[0].mean() + (article_data()[0] ** 2).mean())
    lr = sqrt(8e-4 / total)
    assert check_number("largest_lr", lr)
    cycle = run(linear_regression(), n_steps=5000, lr=lr)
    assert np.isclose(cycle.excess[-1], 1e-4, rtol=1e-4)
    assert check_number("sparse_step", 0.1 * sqrt((1 - 0.9**5) / 0.1))
    assert check_number("adagrad_falls", sqrt(400))


# --- charts --------------------------------------------------------------------------------------


made = cache(lambda make: make())  # each chart is built once


def shown(make, **values):
    """Return the numbers on screen for a setting."""
    made(make).set(**values)
    return made(make).numbers


@pytest.mark.parametrize(
    "make",
    [charts.rotation_chart, charts.sparse_chart, charts.moving_chart, charts.batches_chart],
)
def test_a_chart_can_be_moved_to_all_its_corners(make):
    chart = made(make)
    ends = [(dial.positions[0], dial.positions[-1]) for dial in chart.dials.values()]
    for corner in product(*ends):
        chart.set(**dict(zip(chart.dials, corner, strict=True)))
        assert chart.sentence.startswith(chart.title)
        assert "nan" not in chart.sentence and "inf" not in chart.sentence


def test_the_chart_of_the_bowl_shows_each_rule_at_its_best_lr():
    for angle, times in ((0, 1), (15, 0.3), (20, 1)):  # 20 is none of the dial's positions
        numbers = shown(charts.rotation_chart, condition=1000, angle=angle, times=times)
        bowl = quadratic_bowl(1000, angle)
        for rule in (rmsprop, gradient_descent, adagrad, momentum, adam):
            best = race(bowl, rule, stays_below(0.01), rates=charts.BOWL_RATES, n_steps=600)
            path = run(bowl, rule, 600, lr=best.lr * times)
            name = rule.__name__
            assert np.array_equal(numbers[name], path.excess)
            assert np.array_equal(numbers[f"{name}_x"], path.theta[:, 0])
            assert np.array_equal(numbers[f"{name}_y"], path.theta[:, 1])
    numbers = shown(charts.rotation_chart, condition=1000, angle=45, times=1)
    assert "gradient descent 447 (lr 0.45)" in numbers["says"]


def test_where_no_lr_arrives_the_chart_takes_the_lowest_loss_at_the_end():
    lr = charts.best_on_bowls(adagrad, np.array([2000.0]), np.array([45.0]))
    losses = [
        run(quadratic_bowl(2000, 45), adagrad, 600, lr=rate).loss for rate in charts.BOWL_RATES
    ]
    assert min(loss[-1] for loss in losses) > 0.01
    assert lr.tolist() == [charts.BOWL_RATES[np.argmin([loss[-1] for loss in losses])]]


def test_the_valley_of_the_chart_is_where_the_bowl_is_flattest():
    numbers = shown(charts.rotation_chart, condition=100, angle=15)
    valley = np.array([numbers["valley_x"][-1], numbers["valley_y"][-1]])
    _, directions = np.linalg.eigh(quadratic_bowl(100, 15).hessian)
    assert np.isclose(abs(valley @ directions[:, 0]), np.linalg.norm(valley))


def test_the_chart_of_sparse_gradients_shows_steps_that_go_to_the_formula():
    for k, beta in ((10, 0.9), (5, 0.5), (2.0, 0.8)):
        numbers = shown(charts.sparse_chart, k=k, beta=beta)
        steps = numbers["step"]
        assert np.flatnonzero(np.isfinite(steps)).tolist() == list(range(0, 200, int(k)))
        limit = sqrt((1 - beta**k) / (1 - beta))
        assert np.isclose(steps[200 - int(k)], limit)
        assert f"go to {limit:.3g} lr" in numbers["says"]
        assert np.isclose(numbers["seldom"][-1], np.nansum(steps))
        assert np.isclose(numbers["descent"][-1], 200 / k)


def test_a_k_between_whole_numbers_is_rounded():
    between = shown(charts.sparse_chart, k=4.6, beta=0.9)
    whole = shown(charts.sparse_chart, k=5, beta=0.9)
    assert between["says"] == whole["says"]
    for name in ("seldom", "always", "descent", "step"):
        assert np.array_equal(between[name], whole[name], equal_nan=True)


def test_the_stored_ways_keep_the_three_digits_of_small_numbers():
    chart = made(charts.sparse_chart)
    chart.set(k=10, beta=0.9)
    channels = {each.name: each for each in chart.sources[0].channels}
    for name in ("seldom", "always", "descent"):
        way = chart.numbers[name]
        stored = channels[name].decode(channels[name].encode(way))
        assert np.abs(stored - way).max() <= 0.005 * (1 + 1e-9)


def test_a_mean_that_is_not_finite_is_told_in_words():
    says = shown(charts.batches_chart, lr=1e308)["says"]
    assert says.endswith("RMSProp, batches of 10 not finite, RMSProp, all data not finite.")


def test_on_the_bowl_no_lr_overflows_that_may_be_typed():
    chart = made(charts.rotation_chart)
    chart.set(condition=1000, angle=15, times=999_999)
    assert "nan" not in chart.sentence
    with pytest.raises(ValueError, match="times must be"):
        chart.set(times=1e308)


def test_the_chart_of_the_moving_target_shows_the_runs():
    moving = flipping(linear_regression(), 100, 10.0)
    numbers = shown(charts.moving_chart, beta=0.99, factor=10, lr=0.02)
    for rule, settings in ((rmsprop, {"beta": 0.99}), (gradient_descent, {}), (adagrad, {})):
        path = run(moving, rule, 390, lr=0.02, **settings)
        assert np.array_equal(numbers[rule.__name__], distance(path))
        assert np.array_equal(numbers[f"{rule.__name__}_theta"], path.theta[:, 0])
    assert numbers["target"][99] == -numbers["target"][100] == moving.problem.optimum[0]
    assert f"RMSProp {numbers['rmsprop'][195:].mean():.3g}" in numbers["says"]


def test_the_chart_of_mini_batches_shows_the_noise_beside_the_cycle():
    numbers = shown(charts.batches_chart, lr=0.1)
    assert np.array_equal(numbers["all"], run(linear_regression(), n_steps=400).excess)
    noisy = run(mini_batches(linear_regression(), 0, number=400), n_steps=400, lr=0.1)
    assert np.array_equal(numbers["batches"], noisy.excess)
    assert np.array_equal(numbers["batches_y"], noisy.theta[:, 1])
    assert f"batches of 10 {noisy.excess[200:].mean():.2g}" in numbers["says"]
