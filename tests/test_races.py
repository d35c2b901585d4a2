"""Races: what counts as arrived, which learning rate wins, the lesson's races by plain loops."""

from math import inf, nan
from types import SimpleNamespace

import numpy as np
import pytest
from article import article_data, article_loop

from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.problems import linear_regression, quadratic_bowl
from rmsprop_lesson.races import (
    RATES,
    Race,
    clearly_less,
    first_below,
    late_excess,
    race,
    starts_around,
    stays_below,
)
from rmsprop_lesson.trajectory import run

A_FEW = 5  # after a run was thrown out, rounding decides on a few iterations more or less


def runs(*excess):
    """Return a path of many runs, each given by its excess losses."""
    return SimpleNamespace(excess=np.array(excess, dtype=float).T)


ENDINGS = runs([9, 0, 0, 0], [9, 0, 9, 0], [0, 0, 0, 0], [9, 0, 0, 9], [9, 9, 9, 9], [0, 0, 0, nan])


def test_a_run_has_arrived_when_it_stays_below_for_the_rest():
    assert stays_below(1)(ENDINGS).tolist() == [1, 3, 0, inf, inf, inf]


def test_the_first_passage_counts_although_the_loss_may_rise_again():
    assert first_below(1)(ENDINGS).tolist() == [1, 1, 0, 1, inf, 0]


def test_below_means_less_than_the_tolerance():
    assert stays_below(1)(runs([2, 1, 1])).tolist() == [inf]
    assert first_below(1)(runs([2, 1, 0.5])).tolist() == [2]


def test_the_late_excess_is_the_mean_of_the_second_half():
    assert late_excess(runs([100, 100, 1, 2, 3], [0, 0, 5, 5, 5])).tolist() == [2, 5]


def test_with_many_starts_a_learning_rate_is_judged_by_the_one_that_suits_it_least():
    outcome = Race(np.array([0.1, 0.2, 0.3]), np.array([[5.0, 8, 1], [9, 8, 20]]))
    assert outcome.worst.tolist() == [9, 8, 20]
    assert (outcome.best, outcome.lr, str(outcome)) == (8, 0.2, "8 (lr 0.2)")
    assert (outcome.own.best, outcome.own.lr) == (1, 0.3)


def test_a_race_says_with_which_hyperparameters_it_was_run():
    outcome = race(linear_regression(), rmsprop, stays_below(10), rates=[0.5], beta=0.5)
    assert str(outcome) == str(outcome.own) == f"{outcome.best:g} (lr 0.5, beta 0.5)"


def test_where_a_hyperparameter_differs_from_run_to_run_the_winner_s_is_told():
    scores, rates = np.array([[5.0, 8, 9], [9, 7, 9]]), np.array([0.1, 0.2, 0.3])
    outcome = Race(rates, scores, {"beta": [0.5, 0.9, 0.99], "epsilon": [[1.0], [2.0]]})
    assert str(outcome) == "8 (lr 0.2, beta 0.9, epsilon 1)"
    assert str(outcome.own) == "5 (lr 0.1, beta 0.5, epsilon 1)"
    outcome = race(linear_regression(), rmsprop, late_excess, rates=[0.05, 0.5], beta=[0.5, 0.9])
    assert str(outcome).endswith("(lr 0.05, beta 0.5)")


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (0.01, "score must be a function of a Trajectory, not 0.01"),
        (lambda path: path.excess[-1].max(), r"score must return .* of shape \(1, 3\), not \(\)"),
        (lambda path: path.excess, r"score must return .* of shape \(1, 3\), not \(21, 1, 3\)"),
    ],
)
def test_a_score_is_a_function_that_returns_one_number_for_each_run(score, said):
    with pytest.raises(ValueError, match=said):
        race(linear_regression(), rmsprop, score, rates=[0.1, 0.2, 0.3], n_steps=20)


def test_one_learning_rate_makes_a_race_and_is_not_called_lr():
    outcome = race(linear_regression(), rmsprop, late_excess, rates=0.1, n_steps=20)
    assert (outcome.scores.shape, outcome.lr) == ((1, 1), 0.1)
    with pytest.raises(ValueError, match=r"^lr must be left out .* rates="):
        race(linear_regression(), rmsprop, late_excess, lr=0.1)


def test_a_race_that_is_won_at_the_edge_of_the_grid_says_so():
    assert (
        str(Race(np.array([0.1, 0.2]), np.array([[1234.0, 1200]]))) == "1200 (lr 0.2, the largest)"
    )
    assert str(Race(np.array([0.2]), np.array([[3.0]]))) == "3 (lr 0.2)"


def test_clearly_less_is_less_by_more_than_a_fifth():
    assert clearly_less(7.9, 10) and not clearly_less(8.1, 10)
    assert clearly_less(8, inf) and not clearly_less(inf, inf)


def test_of_equal_learning_rates_the_smallest_wins_and_where_none_arrives_none():
    assert Race(np.array([0.1, 0.2]), np.array([[3.0, 3.0]])).lr == 0.1
    never = Race(np.array([0.1, 0.2]), np.array([[inf, 3.0], [3.0, inf]]))
    assert (never.best, never.lr, str(never)) == (inf, None, "never")


def test_the_grid_has_20_learning_rates_in_each_decade_from_a_thousandth_to_a_thousand():
    assert (len(RATES), RATES[0], RATES[-1]) == (121, 0.001, 1000)
    ratios = np.array(RATES[1:]) / RATES[:-1]
    assert np.allclose(ratios, 10 ** (1 / 20), rtol=0.07)
    assert [float(f"{rate:.1e}") for rate in RATES] == list(RATES)


def test_the_starts_lie_on_half_a_circle_around_the_optimum():
    for problem in (linear_regression(), quadratic_bowl(100, 20)):
        arms = starts_around(problem) - problem.optimum
        assert np.allclose(arms[0] + problem.optimum, problem.start)
        assert np.allclose(np.hypot(*arms.T), np.hypot(*arms[0]))
        turned = np.degrees(np.arctan2(arms[:, 1], arms[:, 0]) - np.arctan2(*arms[0, ::-1]))
        assert np.allclose(turned % 360, [0, 45, 90, 135])


def test_the_other_half_of_the_circle_poses_the_same_tasks():
    problem = linear_regression()
    starts = starts_around(problem)
    opposite = 2 * problem.optimum - starts
    there, here = (run(problem, n_steps=40, start=each) for each in (opposite, starts))
    assert np.allclose(there.excess, here.excess, rtol=1e-6)


def test_a_run_that_diverges_never_arrives():
    for score in (stays_below(0.01), late_excess):
        outcome = race(linear_regression(), gradient_descent, score, rates=[0.1, 1.0])
        assert outcome.scores[0, 0] < inf == outcome.scores[0, 1]


def test_a_race_has_the_scores_of_each_run_alone():
    problem, starts = linear_regression(), starts_around(linear_regression())
    outcome = race(
        problem, rmsprop, stays_below(0.1), rates=[0.02, 0.1], starts=starts, n_steps=300, beta=0.5
    )
    assert outcome.scores.shape == (4, 2)
    for i, start in enumerate(starts):
        for j, lr in enumerate((0.02, 0.1)):
            alone = run(problem, rmsprop, 300, start=start, lr=lr, beta=0.5)
            assert outcome.scores[i, j] == stays_below(0.1)(alone)


def excess_of_descent(lr, n_steps=2000):
    """Return the excess loss of gradient descent on the article's data, by a plain loop."""
    X, y, theta = article_data()
    ones = np.c_[np.ones((100, 1)), X]
    best = np.mean((ones @ np.linalg.lstsq(ones, y, rcond=None)[0] - y) ** 2)
    losses = []
    for _ in range(n_steps + 1):
        losses.append(np.mean((ones @ theta - y) ** 2))
        theta = theta - lr * 2 / 100 * ones.T @ (ones @ theta - y)
    return np.array(losses) - best


def arrival(excess, tolerance=0.01):
    """Return the iteration after the last one that is not below."""
    return 1 + max(t for t, value in enumerate(excess) if not value < tolerance)


def test_on_the_article_s_data_gradient_descent_stays_below_after_7_and_rmsprop_after_184():
    problem = linear_regression()
    slow = race(problem, rmsprop, stays_below(0.01))
    fast = race(problem, gradient_descent, stays_below(0.01))
    assert (slow.best, slow.lr) == (184, 0.079)
    assert (fast.best, fast.lr) == (7, 0.35)
    X, y, _ = article_data()
    ones = np.c_[np.ones((100, 1)), X]
    for lr in (0.071, 0.079):
        error = article_loop(2000, lr=lr) - np.linalg.lstsq(ones, y, rcond=None)[0].ravel()
        excess = ((error @ ones.T) ** 2).mean(axis=1)
        assert abs(arrival(excess) - slow.scores[0, RATES.index(lr)]) <= A_FEW
    assert slow.scores[0, RATES.index(0.1)] == inf  # the cycle lies above the tolerance
    for lr in (0.32, 0.35, 0.4):
        assert arrival(excess_of_descent(lr)) == fast.scores[0, RATES.index(lr)] >= 7


@pytest.mark.parametrize(("angle", "lr", "iterations"), [(0, 0.04, 68), (15, 0.056, 270)])
def test_on_the_bowl_rmsprop_stays_below_after_68_iterations_and_turned_after_270(
    angle, lr, iterations
):
    outcome = race(quadratic_bowl(1000, angle), rmsprop, stays_below(0.01))
    assert (outcome.best, outcome.lr) == (iterations, lr)
    turn = np.deg2rad(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    hessian = rotation @ np.diag([0.004, 4.0]) @ rotation.T
    theta, average, losses = rotation @ [-5.0, -2.0], np.zeros(2), []
    for _ in range(2001):
        losses.append(theta @ hessian @ theta / 2)
        gradient = hessian @ theta
        average = 0.9 * average + 0.1 * gradient**2
        theta = theta - lr * gradient / np.sqrt(average + 1e-8)
    assert abs(arrival(losses) - iterations) <= A_FEW


def test_the_angle_does_not_matter_to_gradient_descent():
    arrivals = [
        race(quadratic_bowl(1000, angle), gradient_descent, stays_below(0.01)).best
        for angle in (0, 15, 45)
    ]
    assert arrivals == [447, 447, 447]
