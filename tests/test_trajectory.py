import functools
import json
import os
import platform
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from article import article_loop, exact_loop, exact_optimum
from machine import digests

from rmsprop_lesson import optimizers
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.problems import Quadratic, linear_regression, quadratic_bowl
from rmsprop_lesson.trajectory import Trajectory, run

DIGESTS = {
    "data": "7863d88963379e8bd847da49460fa870f110188d911dfa370fc846329002b9cf",
    "quadratic": "e71543aa90adb1146c54514818971ee48366060c1b56636f8fcfe475f17a34b7",
    "one run": "17d4a0b6c5e03a88ab572670de00f21badb6de4116c40b089ba3a2eedcf44aa6",
    "101 runs": "2affeac3b1be8642c953d2e625691a8ffc0716c49f0fe487856d8e315c31fc75",
    "bowls": "c8e77f3862988ea602c24f5a481392c18a2e12a410f348ad5ffe957f9fd8acd4",
    "gradient descent": "ccdd836c8ccb0f0c5ee6c82901b321438b5418ae96c2b8fb1dd020c42bce700d",
}


# The same rules as a reader may write them later, in the form that run asks for.


def momentum(theta, gradient, state, *, lr=0.05, beta=0.9):
    velocity = beta * state + gradient
    return theta - lr * velocity, velocity


def adagrad(theta, gradient, state, *, lr=0.5, epsilon=1e-8):
    total = state + gradient * gradient
    return theta - lr * gradient / np.sqrt(total + epsilon), total


def adam(theta, gradient, state, *, lr=0.1, beta=0.9, beta2=0.99, epsilon=1e-8):
    m, v, m_weight, v_weight = state
    m = beta * m + (1 - beta) * gradient
    v = beta2 * v + (1 - beta2) * (gradient * gradient)
    m_weight = beta * m_weight + (1 - beta)
    v_weight = beta2 * v_weight + (1 - beta2)
    theta = theta - lr * (m / m_weight) / (np.sqrt(v / v_weight) + epsilon)
    return theta, np.stack([m, v, m_weight, v_weight])


adam.initial_state = lambda theta: np.zeros((4, *theta.shape))


class Flip:
    """A target that changes its sign after step 5: a problem that changes with time."""

    start = np.array([1.0, 3.0])

    def loss(self, theta, step):
        return ((theta - self.target(step)) ** 2).sum(axis=-1)

    def gradient(self, theta, step):
        return 2 * (theta - self.target(step))

    def target(self, step):
        return 2.0 if step < 5 else -2.0


# --- the article's run ---------------------------------------------------------------------------


def test_the_run_is_the_article_s_loop_up_to_step_115():
    path, article = run(linear_regression()), article_loop()
    assert path.theta.shape == article.shape == (1001, 2)
    assert np.abs(path.theta - article)[:116].max() < 1e-11


def test_the_run_ends_at_the_article_s_distance_of_half_lr_from_the_optimum():
    problem = linear_regression()
    article = article_loop()
    for path in (run(problem).theta, article):
        for theta in path[-2:]:
            assert np.allclose(np.abs(theta - problem.optimum), 0.05, rtol=0, atol=1e-7)
        assert np.allclose(path[-1] + path[-2], 2 * problem.optimum, rtol=0, atol=1e-9)


def test_the_run_is_the_exact_one_but_for_rounding_up_to_step_115():
    problem = linear_regression()
    exact = exact_loop(problem.X, problem.y, problem.start, 115)
    exact = np.array([[float(each) for each in theta] for theta in exact])
    assert np.abs(run(problem, n_steps=115).theta - exact).max() < 1e-12


def test_other_hyperparameters_follow_the_article_s_loop_as_well():
    for settings in ({"lr": 0.01, "beta": 0.5}, {"lr": 0.3, "beta": 0.0, "epsilon": 1.0}):
        expected = article_loop(100, **settings)
        assert (
            np.abs(run(linear_regression(), n_steps=100, **settings).theta - expected).max() < 1e-10
        )


def test_theta_and_loss_are_the_lesson_s_numbers():
    path = run(linear_regression())
    assert path.theta[[1, 2, 5, 10, 100]].round(6).tolist() == [
        [-0.037766, -1.058724],
        [0.183502, -0.837491],
        [0.664551, -0.356618],
        [1.249645, 0.228041],
        [4.210366, 2.979003],
    ]
    expected = [82.663058, 34.445369, 1.239433, 0.992479, 1.002733]
    assert path.loss[[0, 10, 50, 100, 1000]].round(6).tolist() == expected


def test_step_127_is_the_best_and_everything_after_makes_it_worse():
    path = run(linear_regression())
    assert path.excess.argmin() == 127
    assert path.excess[127] < 2e-12
    assert path.excess[128:].min() > 20 * path.excess[127]
    assert path.excess[200:].min() > 0.008


def test_in_exact_arithmetic_step_130_is_the_best():
    problem = linear_regression()
    optimum = [float(each) for each in exact_optimum(problem.X, problem.y)]
    for digits in (60, 120):
        exact = exact_loop(problem.X, problem.y, problem.start, 200, digits=digits)
        distance = np.array([[float(each) for each in theta] for theta in exact]) - optimum
        excess = np.einsum("ti,ij,tj->t", distance, problem.hessian / 2, distance)
        assert excess.argmin() == 130


@pytest.mark.parametrize(("lr", "excess"), [(0.5, 0.257), (0.1, 0.0102945), (0.05, 0.00257)])
def test_the_excess_in_the_cycle_is_half_the_squared_half_step_times_the_hessian(lr, excess):
    problem = linear_regression()
    path = run(problem, n_steps=2000, lr=lr)
    assert np.allclose(path.excess[-2:], lr**2 / 8 * problem.hessian.sum(), rtol=1e-6)
    assert np.allclose(path.excess[-2:], excess, rtol=2e-3)


def test_the_effective_learning_rates_climb_over_the_stability_line_and_settle_around_it():
    problem = linear_regression()
    path = run(problem)
    line = 2 / problem.curvatures()[-1]
    assert round(line, 4) == 0.4841
    assert ((path.effective_lr > line).argmax(axis=0) + 1).tolist() == [104, 106]
    assert path.effective_lr.max(axis=0).round(2).tolist() == [2.20, 2.01]
    assert path.effective_lr[-1].round(3).tolist() == [0.514, 0.460]
    steepest = np.linalg.eigvals(path.effective_lr[..., None] * problem.hessian).real.max(axis=-1)
    assert (steepest > 2).argmax() + 1 == 105
    assert np.isclose(steepest[-1], 2, rtol=1e-12)


def test_an_epsilon_above_0_0427_ends_the_cycle_and_one_below_does_not():
    problem = linear_regression()
    assert round((0.1 * problem.curvatures()[-1] / 2) ** 2, 4) == 0.0427
    kicked = problem.optimum + 1e-9
    path = run(problem, n_steps=20000, start=kicked, epsilon=[0.0420, 0.0434], keep="last")
    assert path.excess[0, 0] > 1e-5
    assert path.excess[0, 1] < 1e-25


def test_the_race_on_the_article_s_data_is_the_lesson_s():
    problem = linear_regression()
    for rule, steps in ((rmsprop, [61, 97, 111]), (gradient_descent, [24, 95, 165])):
        excess = run(problem, rule, lr=0.1).excess
        assert [int((excess < limit).argmax()) for limit in (1e-2, 1e-4, 1e-6)] == steps


def test_the_race_on_the_level_bowl_is_the_lesson_s():
    fast, slow = (
        run(quadratic_bowl, rule, condition=1000, lr=0.4) for rule in (rmsprop, gradient_descent)
    )
    assert (fast.loss < 0.01).argmax() == 4
    assert (slow.loss < 0.01).argmax() == 503
    assert np.allclose(fast.loss[-2:], 0.08, atol=1e-4)


# --- the same bits for everybody -----------------------------------------------------------------


def test_the_bits_are_those_that_every_machine_gives():
    assert digests() == DIGESTS
    theta = run(linear_regression()).theta
    assert [each.hex() for each in theta[1].tolist()] == [
        "-0x1.356158dd22930p-5",
        "-0x1.0f08814de039cp+0",
    ]
    assert [each.hex() for each in theta[1000].tolist()] == [
        "0x1.116aec5335c38p+2",
        "0x1.825d24a9df371p+1",
    ]


def _machines():
    """Return the environments that make this processor pass for others."""
    found = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    switched_off = {"NPY_DISABLE_CPU_FEATURES": " ".join(found)} if found else {}
    kernels = []
    if platform.machine().lower() in ("x86_64", "amd64"):
        kernels = ["Prescott", "Nehalem"]
        if {"AVX2", "X86_V3"} & set(found):
            kernels += ["Sandybridge", "Haswell", "Zen"]
        if {"AVX512_SKX", "X86_V4"} & set(found):
            kernels += ["SkylakeX"]
    machines = {kernel: {"OPENBLAS_CORETYPE": kernel} for kernel in kernels}
    return machines | {"without vector units": switched_off | machines.get("Prescott", {})}


@pytest.mark.parametrize("machine", _machines())
def test_another_processor_gives_the_same_bits(machine):
    answer = subprocess.run(
        [sys.executable, Path(__file__).with_name("machine.py")],
        env=os.environ | _machines()[machine] | {"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) == DIGESTS


# --- many runs at once ---------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [rmsprop, gradient_descent, momentum, adagrad, adam])
def test_many_runs_at_once_have_the_bits_of_each_alone(rule):
    problem, rates = linear_regression(), np.geomspace(1e-3, 1, 101)
    many = run(problem, rule, n_steps=200, lr=rates)
    assert many.theta.shape == many.gradient.shape == (201, 101, 2)
    assert many.loss.shape == many.excess.shape == (201, 101)
    for k, lr in enumerate(rates):
        one = run(problem, rule, n_steps=200, lr=float(lr))
        for name in ("theta", "loss", "excess", "gradient", "effective_lr"):
            together, alone = getattr(many, name), getattr(one, name)
            if alone is None:
                assert together is None
            else:
                assert np.array_equal(together[:, k], alone, equal_nan=True)


def test_arrays_of_hyperparameters_broadcast_as_numpy_does():
    problem = linear_regression()
    lr, beta, epsilon = [[0.01], [0.1], [1.0]], [0.0, 0.5, 0.9, 0.99], 1e-3
    many = run(problem, n_steps=20, lr=lr, beta=beta, epsilon=epsilon)
    assert many.theta.shape == (21, 3, 4, 2)
    assert many.effective_lr.shape == (20, 3, 4, 2)
    assert many.loss.shape == (21, 3, 4)
    assert many.diverged_at.shape == (3, 4)
    for i in range(3):
        for j in range(4):
            one = run(problem, n_steps=20, lr=lr[i][0], beta=beta[j], epsilon=epsilon)
            assert np.array_equal(many.theta[:, i, j], one.theta)
            assert np.array_equal(many.effective_lr[:, i, j], one.effective_lr)


def test_one_run_may_be_asked_for_as_a_batch_of_one():
    one, batch = run(linear_regression(), n_steps=5), run(linear_regression(), n_steps=5, lr=[0.1])
    assert batch.theta.shape == (6, 1, 2)
    assert np.array_equal(batch.theta[:, 0], one.theta)


def test_the_parameters_of_the_problem_may_be_arrays_too():
    many = run(
        quadratic_bowl,
        n_steps=30,
        condition=np.array([1.0, 10.0, 1000.0]).reshape(3, 1, 1),
        angle=np.array([0.0, 30.0]).reshape(2, 1),
        lr=[0.1, 0.2, 0.3, 0.4],
    )
    assert many.theta.shape == (31, 3, 2, 4, 2)
    for i, condition in enumerate((1.0, 10.0, 1000.0)):
        for j, angle in enumerate((0.0, 30.0)):
            for k, lr in enumerate((0.1, 0.2, 0.3, 0.4)):
                one = run(quadratic_bowl(condition, angle), n_steps=30, lr=lr)
                assert np.array_equal(many.theta[:, i, j, k], one.theta)
                assert np.array_equal(many.loss[:, i, j, k], one.loss)
                assert np.array_equal(many.gradient[:, i, j, k], one.gradient)


def test_many_problems_at_once_are_many_runs():
    bowls = quadratic_bowl(condition=[1, 10, 100])
    many = run(bowls, n_steps=5)
    assert many.theta.shape == (6, 3, 2)
    assert np.array_equal(many.theta[:, 1], run(quadratic_bowl(10), n_steps=5).theta)


def test_many_starts_are_many_runs():
    problem, starts = linear_regression(), np.random.RandomState(2).randn(7, 2)
    many = run(problem, n_steps=10, start=starts)
    crossed = run(problem, n_steps=10, start=starts[:, None], lr=[0.1, 0.2])
    assert many.theta.shape == (11, 7, 2)
    assert crossed.theta.shape == (11, 7, 2, 2)
    for k, start in enumerate(starts):
        one = run(problem, n_steps=10, start=start)
        assert np.array_equal(one.theta[0], start)
        assert np.array_equal(many.theta[:, k], one.theta)
        assert np.array_equal(crossed.theta[:, k, 0], one.theta)


def test_only_the_last_row_is_kept_on_request():
    problem, rates = linear_regression(), np.geomspace(1e-3, 1, 5)
    for settings in ({"lr": 0.3}, {"lr": rates}):
        every = run(problem, n_steps=50, **settings)
        last = run(problem, n_steps=50, keep="last", **settings)
        assert last.iterations.tolist() == [50]
        assert last.stopped_at == every.stopped_at == 50
        for name in ("theta", "loss", "excess", "gradient", "effective_lr"):
            assert np.array_equal(getattr(last, name), getattr(every, name)[-1:])
    assert run(problem, n_steps=0, keep="last").effective_lr.shape == (0, 2)
    assert np.array_equal(run(problem, n_steps=0, keep="last").theta, [problem.start])


def test_ten_thousand_runs_of_a_thousand_steps_do_not_fill_the_memory():
    problem, rates = linear_regression(), np.geomspace(1e-3, 1, 10_000)
    tracemalloc.start()
    path = run(problem, n_steps=1000, lr=rates, keep="last")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.theta.shape == (1, 10_000, 2)
    assert peak < 10e6  # all rows of theta alone would take 160e6
    one = run(problem, n_steps=1000, lr=float(rates[1234]))
    assert np.array_equal(path.theta[0, 1234], one.theta[-1])


@pytest.mark.parametrize("rule", [rmsprop, gradient_descent, optimizers.momentum, optimizers.adam])
def test_slices_of_a_sweep_have_the_bits_of_all_runs_at_once(monkeypatch, rule):
    rates, starts = np.geomspace(0.01, 30, 23), [[[1.0, 2.0]], [[0.0, 1e153]], [[-1e200, 3.0]]]
    problem = linear_regression()
    for settings in ({"lr": rates}, {"lr": rates, "start": starts}, {"lr": rates[:1]}):
        every = run(problem, rule, n_steps=40, **settings)
        for numbers in (1, 20):
            monkeypatch.setattr("rmsprop_lesson.trajectory.NUMBERS_IN_A_SLICE", numbers)
            last = run(problem, rule, n_steps=40, keep="last", **settings)
            for name in ("theta", "loss", "gradient", "effective_lr"):
                kept = getattr(every, name)
                kept = None if kept is None else kept[-1:]
                assert np.array_equal(getattr(last, name), kept, equal_nan=kept is not None)
            assert np.array_equal(last.diverged_at, every.diverged_at)


def test_only_the_lesson_s_own_rules_and_problems_are_run_in_slices(monkeypatch):
    monkeypatch.setattr("rmsprop_lesson.trajectory.NUMBERS_IN_A_SLICE", 1)
    seen = set()

    @functools.wraps(rmsprop)
    def mine(theta, *others, **hyperparameters):
        seen.add(theta.shape)
        return rmsprop(theta, *others, **hyperparameters)

    class Mine(Quadratic):
        def gradient(self, theta):
            seen.add(theta.shape)
            return super().gradient(theta)

    run(linear_regression(), mine, n_steps=2, lr=[0.1, 0.2, 0.3], keep="last")
    known = linear_regression()
    problem = Mine(known.hessian, known.c, known.optimum, known.start)
    run(problem, n_steps=2, lr=[0.1, 0.2, 0.3], keep="last")
    assert seen == {(3, 2)}


# --- what a Trajectory says ----------------------------------------------------------------------


def test_row_0_is_the_start_and_each_row_follows_from_the_one_before():
    problem = linear_regression()
    path = run(problem, n_steps=30, lr=0.2, beta=0.8, epsilon=1e-4)
    assert path.theta.shape == path.gradient.shape == (31, 2)
    assert path.loss.shape == path.iterations.shape == (31,)
    assert path.effective_lr.shape == (30, 2)
    assert np.array_equal(path.theta[0], problem.start)
    assert path.iterations.tolist() == list(range(31))
    steps = path.effective_lr * path.gradient[:-1]
    assert np.allclose(np.diff(path.theta, axis=0), -steps, rtol=1e-12, atol=1e-15)
    averages = (0.2 / path.effective_lr) ** 2 - 1e-4
    assert np.allclose(averages[0], 0.2 * path.gradient[0] ** 2, rtol=1e-12)
    assert np.allclose(
        averages[1:], 0.8 * averages[:-1] + 0.2 * path.gradient[1:-1] ** 2, rtol=1e-9
    )


def test_loss_excess_and_gradient_belong_to_the_rows():
    problem = linear_regression()
    path = run(problem, n_steps=9)
    assert np.array_equal(path.loss, problem.loss(path.theta))
    assert np.array_equal(path.excess, problem.excess(path.theta))
    assert np.array_equal(path.gradient, problem.gradient(path.theta))
    assert path.problem is problem
    assert path.hyperparameters == {"lr": 0.1, "beta": 0.9, "epsilon": 1e-8}
    assert (path.stopped_by, path.stopped_at, path.diverged_at) == ("n_steps", 9, None)


def test_no_steps_leave_the_start():
    path = run(linear_regression(), n_steps=0)
    assert path.theta.shape == (1, 2)
    assert path.effective_lr.shape == (0, 2)
    assert run(linear_regression(), n_steps=np.int64(3)).theta.shape == (4, 2)


def test_a_run_leaves_the_reader_s_arrays_alone():
    start, rates = np.array([1.0, 2.0]), np.array([0.1, 0.2])
    run(linear_regression(), start=start, lr=rates, n_steps=5)
    assert start.tolist() == [1, 2]
    assert rates.tolist() == [0.1, 0.2]


# --- divergence ----------------------------------------------------------------------------------


def test_gradient_descent_at_lr_1_leaves_the_finite_numbers_and_says_when():
    path = run(linear_regression(), gradient_descent, lr=1.0)
    assert path.diverged_at == 309
    assert np.isfinite(path.loss[:309]).all()
    assert not np.isfinite(path.loss[309])
    assert isinstance(path, Trajectory)
    assert path.theta.shape == (1001, 2)


def test_it_diverges_from_lr_0_4841_on():
    path = run(linear_regression(), gradient_descent, 3000, lr=[0.484, 0.4842], keep="last")
    assert path.excess[0, 0] < 100 < path.excess[0, 1]


def test_in_a_batch_every_run_says_for_itself_when_it_diverged():
    rates = [0.1, 1.0, 2.0, 0.48]
    for keep in ("all", "last"):
        path = run(linear_regression(), gradient_descent, lr=rates, keep=keep)
        alone = [run(linear_regression(), gradient_descent, lr=lr).diverged_at for lr in rates]
        assert alone[0] is alone[3] is None
        assert path.diverged_at.tolist() == [-1, alone[1], alone[2], -1]
    assert run(linear_regression(), gradient_descent, lr=1.0, keep="last").diverged_at == 309


def test_a_loss_that_was_not_finite_for_one_step_is_remembered():
    bowl = Quadratic(np.eye(2), [0, 0], [0, 0], [1e154, 1e154])  # 1e154 squared is 1e308
    path, last = (
        run(bowl, gradient_descent, 4, start=[[2e154, 1], [1, 1]], lr=0.5, keep=keep)
        for keep in ("all", "last")
    )
    assert np.isinf(path.loss[:, 0]).tolist() == [True, False, False, False, False]
    assert path.diverged_at.tolist() == last.diverged_at.tolist() == [0, -1]
    far = Quadratic(np.eye(2), [0, 0], [1e155, 0], [0.0, 0.0])  # theta is small, the loss is not
    assert run(far, n_steps=2, keep="last").diverged_at == 0

    class Forbidden(Quadratic):
        def loss(self, theta):
            return np.where(theta[..., 0] > 1, super().loss(theta), np.nan)

    problem = Forbidden(np.eye(2), [0, 0], [0, 0], [2.0, 2.0])
    assert run(problem, gradient_descent, 4, lr=0.4, keep="last").diverged_at == 2


def test_a_start_far_away_is_no_error_and_no_warning():
    path = run(linear_regression(), gradient_descent, n_steps=3, start=[1e200, -1e300])
    assert path.diverged_at == 0
    assert path.gradient.shape == (4, 2)


# --- any rule of the form ------------------------------------------------------------------------


def test_a_rule_without_an_effective_learning_rate_has_none():
    assert run(linear_regression(), momentum, n_steps=3).effective_lr is None


def test_adam_s_first_step_is_lr_in_every_coordinate():
    path = run(linear_regression(), adam, n_steps=1, lr=0.3)
    assert np.allclose(path.theta[1] - path.theta[0], 0.3)


def test_a_rule_may_be_any_function_with_the_same_result():
    def with_positions(theta, gradient, average, lr, beta, epsilon):
        return rmsprop(theta, gradient, average, lr=lr, beta=beta, epsilon=epsilon)

    def with_lists(theta, gradient, average, *, lr=0.1, beta=0.9, epsilon=1e-8):
        theta, average = rmsprop(theta, gradient, average, lr=lr, beta=beta, epsilon=epsilon)
        return [theta.tolist(), average.tolist()]

    def careless(theta, gradient, average, *, lr=0.1, beta=0.9, epsilon=1e-8):
        average *= beta
        average += (1 - beta) * gradient**2
        gradient *= lr
        gradient /= np.sqrt(average + epsilon)
        theta -= gradient
        return theta, average

    class Rule:
        def __call__(self, theta, gradient, average, *, lr=0.1, beta=0.9, epsilon=1e-8):
            return rmsprop(theta, gradient, average, lr=lr, beta=beta, epsilon=epsilon)

    problem = linear_regression()
    for lr in (0.2, [0.1, 0.2, 0.3]):
        expected = run(problem, n_steps=40, lr=lr).theta
        for rule in (with_positions, with_lists, careless, Rule()):
            assert np.allclose(run(problem, rule, 40, lr=lr).theta, expected, rtol=1e-12)


def test_a_careless_rule_changes_neither_problem_nor_path():
    def careless(theta, gradient, state, *, lr=0.1):
        theta *= 0
        gradient *= 0
        return theta + 1, state

    problem = linear_regression()
    before = problem.start.copy()
    path = run(problem, careless, n_steps=2)
    assert np.array_equal(problem.start, before)
    assert np.array_equal(path.theta, [before, [1, 1], [1, 1]])


def test_a_part_of_a_rule_keeps_its_state_and_its_effective_learning_rate():
    problem = linear_regression()
    part = run(problem, functools.partial(rmsprop, beta=0.5), n_steps=20, lr=0.2)
    whole = run(problem, n_steps=20, lr=0.2, beta=0.5)
    assert np.array_equal(part.theta, whole.theta)
    assert np.array_equal(part.effective_lr, whole.effective_lr)
    part = run(problem, functools.partial(adam, beta2=0.9), n_steps=20)
    assert np.array_equal(part.theta, run(problem, adam, n_steps=20, beta2=0.9).theta)


def test_a_hyperparameter_that_is_no_number_reaches_the_rule_as_it_is():
    def rule(theta, gradient, state, *, lr=0.1, direction=np.sign, down=True):
        return theta - lr * direction(gradient) * (1 if down else -1), state

    path = run(linear_regression(), rule, n_steps=1, lr=[0.1, 0.2], direction=np.sign, down=False)
    assert np.allclose(path.theta[1] - path.theta[0], [[-0.1, -0.1], [-0.2, -0.2]])


# --- any problem of the form ---------------------------------------------------------------------


def test_a_problem_that_changes_with_time_is_told_the_iteration():
    path = run(Flip(), gradient_descent, n_steps=10, lr=0.5)  # lr 1/2 jumps onto the target
    assert path.theta[1:6].tolist() == [[2, 2]] * 5
    assert path.theta[6:].tolist() == [[-2, -2]] * 5
    assert path.loss.tolist() == [2, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0]
    assert path.gradient[5].tolist() == [8, 8]
    assert path.excess is None


def test_many_runs_of_a_problem_that_changes_with_time_are_each_alone():
    rates = [0.1, 0.5, 0.9]
    many, last = (run(Flip(), n_steps=10, lr=rates, keep=keep) for keep in ("all", "last"))
    assert many.loss.shape == (11, 3)
    for k, lr in enumerate(rates):
        one = run(Flip(), n_steps=10, lr=lr)
        assert np.array_equal(many.theta[:, k], one.theta)
        assert np.array_equal(many.loss[:, k], one.loss)
        assert last.loss[0, k] == one.loss[-1]


def test_a_reader_s_problem_may_hold_lists_and_no_start():
    class Mine:
        def loss(self, theta):
            return (np.asarray(theta) ** 2).sum(axis=-1)

        def gradient(self, theta):
            return 2 * theta

    assert run(Mine(), n_steps=4, start=[1, 2, 3]).theta.shape == (5, 3)
    with pytest.raises(ValueError, match="start must be given here, not None"):
        run(Mine(), n_steps=4)
    Mine.start = [1.0, 2.0]
    assert run(Mine(), n_steps=4).loss.shape == (5,)


def test_a_loss_that_mixes_the_rows_is_named():
    class Mixed:
        start = (1.0, 2.0)

        def loss(self, theta):
            return (theta**2).sum()

        def gradient(self, theta):
            return 2 * theta

    with pytest.raises(ValueError, match=r"loss must return shape \(4,\) .* not \(\)"):
        _ = run(Mixed(), n_steps=3).loss


def test_a_gradient_of_a_wrong_shape_is_named():
    class Wrong:
        start = (1.0, 2.0)

        def loss(self, theta):
            return theta[..., 0]

        def gradient(self, theta):
            return theta[..., :1]

    with pytest.raises(ValueError, match=r"gradient must return shape \(2,\) .* not \(1,\)"):
        run(Wrong(), n_steps=3)


def test_a_function_that_makes_a_problem_may_have_no_parameters():
    assert np.array_equal(
        run(linear_regression, n_steps=3).theta, run(linear_regression(), n_steps=3).theta
    )


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": 0}, "lr must be a finite number above 0, not 0"),
        ({"lr": [0.1, np.nan]}, "lr must be a finite number above 0, not nan"),
        ({"lr": "0.1"}, "lr must be a finite number above 0, not '0.1'"),
        ({"lr": None}, "lr must be a finite number above 0, not None"),
        ({"lr": 1j}, "lr must be a finite number above 0, not 1j"),
        ({"lr": []}, r"lr must hold at least one number and no NaN, not \[\]"),
        ({"beta": 1}, "beta must be a number from 0 up to, but not including, 1, not 1"),
        ({"epsilon": -1e-9}, "epsilon must be a finite number, 0 or above, not -1e-09"),
        ({"lrr": 1}, "rmsprop has no hyperparameter 'lrr'; it has lr, beta, epsilon"),
        ({"lr": [1, 2, 3], "beta": [0.1, 0.2]}, r"lr \(3,\), beta \(2,\)"),
        ({"start": [1, 2, 3]}, r"start must have shape \(2,\), not \(3,\)"),
        ({"start": 1}, r"start must have shape \(2,\), not \(\)"),
        ({"start": [1, np.inf]}, "start must hold finite numbers only, not inf"),
        ({"start": ["1", "2"]}, "start must hold real numbers only"),
        ({"start": [1j, 2]}, "start must hold real numbers only"),
        ({"start": np.zeros((3, 2)), "lr": [0.1, 0.2]}, r"lr \(2,\).* start \(3,\)"),
        ({"keep": "first"}, 'keep must be "all" or "last", not \'first\''),
        ({"keep": None}, 'keep must be "all" or "last", not None'),
        ({"keep": np.array(["all", "last"])}, 'keep must be "all" or "last"'),
    ],
)
def test_a_wrong_argument_is_named_with_its_value_and_what_is_allowed(settings, message):
    with pytest.raises(ValueError, match=message):
        run(linear_regression(), n_steps=1, **settings)


@pytest.mark.parametrize("n_steps", [-1, 1.0, "3", None, True, np.True_, [3], np.array(3), np.nan])
def test_a_wrong_number_of_steps_is_named(n_steps):
    with pytest.raises(ValueError, match="n_steps must be a whole number, 0 or above, not"):
        run(linear_regression(), n_steps=n_steps)


@pytest.mark.parametrize(
    "problem", [None, 3, "bowl", object()], ids=["none", "3", "text", "object"]
)
def test_what_is_no_problem_is_said(problem):
    with pytest.raises(ValueError, match="problem must have a gradient, a loss and a start"):
        run(problem)


def test_a_function_that_makes_no_problem_is_named():
    def nothing():
        return None

    def needs(size):
        return linear_regression()

    with pytest.raises(ValueError, match="problem nothing must make a problem, not None"):
        run(nothing)
    with pytest.raises(ValueError, match="problem needs needs a default for size"):
        run(needs)
    with pytest.raises(ValueError, match="problem Quadratic needs a default for hessian"):
        run(Quadratic)
    with pytest.raises(ValueError, match=r"condition must be 1 or more, not 0\.5"):
        run(quadratic_bowl, condition=0.5)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda theta: None, "rule must return theta and its state, not None"),
        (lambda theta: theta, "rule must return theta and its state, not array"),
        (lambda theta: (theta, 0, 0), "rule must return theta and its state"),
        (lambda theta: (theta[:1], 0), r"rule must return shape \(2,\) .* not \(1,\)"),
        (lambda theta: (theta + 1j, 0), "what rule returns must hold real numbers only"),
        (lambda theta: (["a", "b"], 0), "what rule returns must hold real numbers only"),
        (lambda theta: (None, 0), "what rule returns must hold real numbers only, not None"),
    ],
    ids=["nothing", "theta alone", "three", "shape", "complex", "text", "none"],
)
def test_a_rule_that_returns_something_else_is_named(answer, message):
    def rule(theta, gradient, state):
        return answer(theta)

    with pytest.raises(ValueError, match=message):
        run(linear_regression(), rule, n_steps=1)


def test_what_a_rule_needs_and_names_is_asked_for():
    def needs(theta, gradient, state, *, mu):
        return theta - mu * gradient, state

    with pytest.raises(ValueError, match="needs needs a value for mu"):
        run(linear_regression(), needs)
    with pytest.raises(ValueError, match="mu must hold at least one number and no NaN, not nan"):
        run(linear_regression(), needs, mu=np.nan)
    with pytest.raises(ValueError, match="mu must hold real numbers only"):
        run(linear_regression(), needs, mu=["a", "b"])
    with pytest.raises(ValueError, match="needs has no hyperparameter 'lr'; it has mu"):
        run(linear_regression(), needs, lr=0.1)
    with pytest.raises(ValueError, match="'lr'; it has none that it names"):
        run(linear_regression(), lambda theta, gradient, state, **others: (theta, state), lr=0.1)


def test_an_error_inside_a_rule_comes_through_as_it_is():
    def broken(theta, gradient, state, *, lr=0.1):
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        run(linear_regression(), broken)


def test_a_rule_can_not_change_the_hyperparameters_of_the_next_step():
    def greedy(theta, gradient, state, *, lr=0.1):
        lr *= 2
        return theta - lr * gradient, state

    run(linear_regression(), greedy, n_steps=2, lr=0.01)
    with pytest.raises(ValueError, match="read-only"):
        run(linear_regression(), greedy, n_steps=2, lr=[0.01, 0.02])


def test_a_rule_may_have_annotations_that_name_what_is_not_there():
    source = """from __future__ import annotations
def rule(theta: Array, gradient: Array, state: Array, *, lr: Rate = 0.1) -> Missing:
    return theta - lr * gradient, state
"""
    if sys.version_info >= (3, 14):
        source = source.partition("\n")[2]  # there an annotation waits until it is asked for
    scope = {}
    exec(source, scope)
    found = run(linear_regression(), scope["rule"], n_steps=3, lr=0.2).theta
    assert np.array_equal(found, run(linear_regression(), gradient_descent, 3, lr=0.2).theta)


def test_more_runs_than_fit_the_memory_are_refused_before_they_are_run():
    many, problem = np.full(10_000, 0.1), linear_regression()
    said = "n_steps must be smaller, .* at most 500000000 numbers, not 200000020000"
    with pytest.raises(ValueError, match=said):
        run(problem, n_steps=10_000_000, lr=many)
    with pytest.raises(ValueError, match='keep = "last" and runs of shape'):
        run(problem, n_steps=1, lr=many[:, None], beta=np.full(30_000, 0.9), keep="last")
    assert run(problem, n_steps=1000, lr=many, keep="last").theta.shape == (1, 10_000, 2)


class NoArray:
    def __array__(self, *arguments, **named):
        raise RuntimeError("call detach first")

    def __repr__(self):
        return "NoArray()"


@pytest.mark.parametrize("value", [[[1], [1, 2]], NoArray(), np.ma.masked], ids=repr)
def test_a_parameter_of_a_problem_that_is_no_number_is_named(value):
    with pytest.raises(ValueError, match="condition must") as refusal:
        run(quadratic_bowl, n_steps=2, condition=value)
    assert repr(value) in str(refusal.value)
