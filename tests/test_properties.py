"""What holds for every gradient and every setting, stated so that it is true in floating point."""

from functools import partial
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_lesson.optimizers import (
    RULES,
    adagrad,
    adam,
    gradient_descent,
    momentum,
    rmsprop,
    rule_parameters,
)
from rmsprop_lesson.problems import Quadratic, least_squares, linear_regression, quadratic_bowl
from rmsprop_lesson.stopping import gradient_norm_below, loss_change_below, step_below
from rmsprop_lesson.topics.sign_and_spike_labs import sign_descent
from rmsprop_lesson.trajectory import run

always_the_same = settings(derandomize=True, deadline=None, database=None, max_examples=30)
ADAPTIVE = (rmsprop, adagrad, adam)
BETAS = ("beta", "beta1", "beta2", "momentum")

floats = partial(st.floats, allow_nan=False, allow_infinity=False)
sizes = st.integers(-150, 149).flatmap(lambda k: st.floats(1, 10).map(lambda m: m * 10.0**k))
squarable = st.builds(lambda sign, size: sign * size, st.sampled_from((-1, 1)), sizes)
middling = st.just(0.0) | st.builds(
    lambda sign, m, k: sign * m * 10.0**k,
    st.sampled_from((-1, 1)),
    st.floats(1, 10),
    st.integers(-60, 60),
)
memories = st.just(0.0) | st.floats(1e-3, 0.999)
rates = st.floats(1e-6, 1e3)


@st.composite
def settings_of(draw, rule, **fixed):
    """Draw a value for each hyperparameter of a rule."""
    strategies = {"lr": rates, "epsilon": st.just(0.0) | floats(min_value=1e-12, max_value=10)}
    strategies |= dict.fromkeys(BETAS, memories)
    return {name: draw(strategies[name]) for name in rule_parameters(rule)} | {
        name: value for name, value in fixed.items() if name in rule_parameters(rule)
    }


def rows(numbers, columns=3):
    """Return a strategy for some steps of gradients, an array (steps, columns)."""
    return st.integers(1, 10).flatmap(lambda n: arrays(float, (n, columns), elements=numbers))


def first_state(rule, theta):
    return rule.initial_state(theta) if rule is adam else np.zeros_like(theta)


def walk(rule, gradients, start=0.0, **hyperparameters):
    """Give gradients to a rule, one after the other; return all thetas and states."""
    theta = np.full(gradients.shape[1:], start)
    state = first_state(rule, theta)
    thetas, states = [theta], [state]
    with np.errstate(all="ignore"):
        for gradient in gradients:
            theta, state = rule(theta, gradient, state, **hyperparameters)
            thetas.append(theta)
            states.append(state)
    return np.array(thetas), np.array(states)


# --- for a given sequence of gradients -----------------------------------------------------------


@always_the_same
@given(rows(st.just(0.0) | squarable), st.floats(0, 1, exclude_max=True))
def test_the_moving_average_is_never_negative_and_at_most_the_largest_square(gradients, beta):
    largest = np.maximum.accumulate(gradients * gradients) * (1 + 1e-15)
    average = walk(rmsprop, gradients, beta=beta)[1][1:]
    assert (average >= 0).all() and (average <= largest).all()
    _, v, _, filled = np.moveaxis(walk(adam, gradients, beta2=beta)[1][1:], 1, 0)
    assert (v >= 0).all() and (v <= largest).all()
    assert (filled >= 0).all() and (filled <= 1 + 1e-15).all()


@always_the_same
@given(rows(floats()), st.floats(0, 1, exclude_max=True))
def test_no_gradient_of_all_floats_makes_an_average_negative(gradients, beta):
    assert not (walk(rmsprop, gradients, beta=beta)[1] < 0).any()  # inf · 0 is NaN
    assert not (walk(adam, gradients, beta2=beta)[1][:, [1, 3]] < 0).any()


@always_the_same
@given(rows(floats()))
def test_the_total_of_adagrad_never_falls(gradients):
    assert (np.diff(np.minimum(walk(adagrad, gradients)[1], 1e308), axis=0) >= 0).all()


@always_the_same
@given(squarable, rates, st.floats(0, 0.999999))
def test_without_epsilon_the_first_step_is_lr_over_the_root_of_one_minus_beta(g, lr, beta):
    def first(rule, **settings):
        return float(rule([0.0], [g], first_state(rule, np.zeros(1)), lr=lr, **settings)[0][0])

    sign = np.sign(g)
    close = partial(pytest.approx, rel=1e-15, abs=0)
    assert first(rmsprop, beta=beta, epsilon=0) == close(-sign * lr / sqrt(1 - beta))
    assert first(adagrad, epsilon=0) == close(-sign * lr)
    assert first(adam, beta1=beta, epsilon=0) == close(-sign * lr)
    assert first(gradient_descent) == first(momentum, momentum=beta) == -(lr * g)


@pytest.mark.parametrize("rule", RULES)
@always_the_same
@given(st.data(), rows(middling, 2), floats(min_value=-1e9, max_value=1e9))
def test_a_coordinate_without_a_gradient_never_moves_not_even_without_epsilon(
    rule, data, gradients, start
):
    gradients[:, 1] = 0
    hyperparameters = data.draw(settings_of(rule, epsilon=0.0))
    thetas = walk(rule, gradients, start, **hyperparameters)[0]
    assert (thetas[:, 1] == start).all()
    assert not np.isnan(thetas).any()


@always_the_same
@given(rows(st.just(0.0) | squarable), rates, middling)
def test_without_memory_and_epsilon_every_step_is_one_of_sign_descent(gradients, lr, start):
    thetas = walk(rmsprop, gradients, start, lr=lr, beta=0, epsilon=0)[0]
    for before, gradient, after in zip(thetas, gradients, thetas[1:], strict=False):
        signs, _ = sign_descent(before, gradient, np.zeros(3), lr=lr)
        last_bits = 2**-52 * lr + np.spacing(np.abs(before) + lr)
        assert (np.abs(after - signs) <= last_bits).all()


@pytest.mark.parametrize("rule", ADAPTIVE)
@always_the_same
@given(st.data(), rows(middling), middling, st.integers(-60, 60))
def test_gradients_times_a_power_of_two_give_the_same_path_bit_for_bit(
    rule, data, gradients, start, power
):
    hyperparameters = data.draw(settings_of(rule, epsilon=0.0))
    thetas = walk(rule, gradients, start, **hyperparameters)[0]
    assert np.array_equal(thetas, walk(rule, gradients * 2.0**power, start, **hyperparameters)[0])


@pytest.mark.parametrize("rule", RULES)
@always_the_same
@given(st.data(), rows(floats(), 4), st.permutations(range(4)))
def test_coordinates_in_another_order_walk_the_same_path_in_that_order(
    rule, data, gradients, order
):
    hyperparameters = data.draw(settings_of(rule))
    for one, other in zip(
        walk(rule, gradients, **hyperparameters),
        walk(rule, gradients[:, order], **hyperparameters),
        strict=True,
    ):
        assert np.array_equal(one[..., order], other, equal_nan=True)


# --- on the data ---------------------------------------------------------------------------------


def scaled(problem, factor):
    """Return a problem with a loss that is so many times as large."""
    hessian, c, minimum = (factor * each for each in (problem.hessian, problem.c, problem.minimum))
    return Quadratic(hessian, c, problem.optimum, problem.start, minimum)


def turned_round(problem):
    """Return a problem with its parameters in the other order."""
    hessian = problem.hessian[::-1, ::-1]
    return Quadratic(hessian, problem.c[::-1], problem.optimum[::-1], problem.start[::-1])


@pytest.mark.parametrize("rule", ADAPTIVE)
def test_on_the_data_a_loss_times_a_power_of_two_has_the_same_path_bit_for_bit(rule):
    problem = linear_regression()
    for factor in (2.0**-40, 0.5, 1024.0):
        path = run(scaled(problem, factor), rule, epsilon=0)
        assert np.array_equal(path.theta, run(problem, rule, epsilon=0).theta)


@pytest.mark.parametrize("factor", [0.1, 3.0, 10.0, 1000.0])
def test_on_the_data_another_factor_shows_to_1e_9_until_step_100_and_not_beyond(factor):
    problem = linear_regression()
    path, other = (run(each, epsilon=0).theta for each in (problem, scaled(problem, factor)))
    assert np.allclose(other[:101], path[:101], rtol=1e-9, atol=0)
    assert not np.allclose(other[:200], path[:200], rtol=1e-3, atol=0)


@pytest.mark.parametrize("rule", RULES)
def test_on_the_data_the_other_order_of_the_parameters_gives_the_same_path(rule):
    problem = linear_regression()
    turned = run(turned_round(problem), rule).theta
    assert np.array_equal(turned[:, ::-1], run(problem, rule).theta)


@always_the_same
@given(st.permutations(range(100)))
def test_the_data_in_another_order_are_the_same_problem_bit_for_bit(order):
    problem = linear_regression()
    other = least_squares(problem.X[order], problem.y[order], problem.start)
    for name in ("hessian", "c", "optimum", "minimum"):
        assert np.array_equal(getattr(other, name), getattr(problem, name))


# --- run -----------------------------------------------------------------------------------------


def by_hand(rule, problem, n_steps, **values):
    """Take the steps of a rule with Python's own floats, one number at a time."""
    formula = ALONE[rule]
    hessian, c = problem.hessian.tolist(), problem.c.tolist()
    theta = problem.start.tolist()
    states = [[0.0] * 4 for _ in theta]
    path = [theta]
    for _ in range(n_steps):
        gradient = [
            row[0] * theta[0] + row[1] * theta[1] - each
            for row, each in zip(hessian, c, strict=True)
        ]
        steps = [formula(g, state, **values) for g, state in zip(gradient, states, strict=True)]
        theta = [old - step for old, step in zip(theta, steps, strict=True)]
        path.append(theta)
    return np.array(path)


def _rmsprop(g, state, lr, beta, epsilon):
    state[0] = beta * state[0] + (1 - beta) * (g * g)
    root = sqrt(state[0] + epsilon)
    return lr * g / root if root else 0.0


def _adagrad(g, state, lr, epsilon):
    state[0] = state[0] + g * g
    root = sqrt(state[0] + epsilon)
    return lr * g / root if root else 0.0


def _momentum(g, state, lr, momentum):
    state[0] = momentum * state[0] + g
    return lr * state[0]


def _adam(g, state, lr, beta1, beta2, epsilon):
    m, v, m_filled, v_filled = state
    state[:] = (
        beta1 * m + (1 - beta1) * g,
        beta2 * v + (1 - beta2) * (g * g),
        beta1 * m_filled + (1 - beta1),
        beta2 * v_filled + (1 - beta2),
    )
    m, v, m_filled, v_filled = state
    root = sqrt(v / v_filled) + epsilon
    return lr * (m / m_filled) / root if root else 0.0


ALONE = {
    rmsprop: _rmsprop,
    gradient_descent: lambda g, state, lr: lr * g,
    momentum: _momentum,
    adagrad: _adagrad,
    adam: _adam,
}
bowls = st.builds(
    quadratic_bowl,
    condition=st.floats(1, 1e6),
    angle=st.floats(0, 360),
    steepest=st.floats(1e-3, 1e3),
    start=st.tuples(floats(min_value=-9, max_value=9), floats(min_value=-9, max_value=9)),
)


@pytest.mark.parametrize("rule", RULES)
@always_the_same
@given(st.data(), bowls | st.integers(0, 99).map(linear_regression))
def test_a_run_has_the_bits_of_python_s_own_floats(rule, data, problem):
    values = data.draw(settings_of(rule, lr=data.draw(st.floats(1e-3, 1))))
    path = run(problem, rule, 30, **values)
    with np.errstate(all="ignore"):
        assert np.array_equal(path.theta, by_hand(rule, problem, 30, **values), equal_nan=True)


@pytest.mark.parametrize("rule", RULES)
@always_the_same
@given(st.data(), bowls)
def test_many_runs_at_once_are_their_single_runs_bit_for_bit(rule, data, problem):
    extremes = {
        "lr": st.sampled_from([5e-324, 1e-300, 1e300, 1.7e308]) | rates,
        "epsilon": st.sampled_from([0.0, 5e-324, 1.7e308]) | st.floats(1e-12, 10),
    } | dict.fromkeys(BETAS, st.sampled_from([0.0, 5e-324, 1 - 2**-53]) | memories)
    k = data.draw(st.integers(1, 7))
    columns = {
        name: data.draw(st.lists(extremes[name], min_size=k, max_size=k))
        for name in rule_parameters(rule)
    }
    many, last = (run(problem, rule, 20, keep=keep, **columns) for keep in ("all", "last"))
    for number in range(k):
        one = run(problem, rule, 20, **{name: each[number] for name, each in columns.items()})
        for name in ("theta", "loss", "gradient", "effective_lr"):
            alone, together, end = (getattr(path, name) for path in (one, many, last))
            if alone is not None:
                assert np.array_equal(together[:, number], alone, equal_nan=True)
                assert np.array_equal(end[-1, number], alone[-1], equal_nan=True)
        diverged_at = -1 if one.diverged_at is None else one.diverged_at
        assert many.diverged_at[number] == last.diverged_at[number] == diverged_at


LIMITS = st.floats(1e-9, 10)
STOPS = [st.builds(make, LIMITS) for make in (loss_change_below, gradient_norm_below, step_below)]


@pytest.mark.parametrize("rule", RULES)
@always_the_same
@given(st.data(), bowls, st.lists(st.one_of(STOPS), min_size=1, max_size=3))
def test_stopping_rules_never_change_the_path_before_they_fire(rule, data, problem, stops):
    values = data.draw(settings_of(rule))
    whole, stopped = run(problem, rule, 40, **values), run(problem, rule, 40, stop=stops, **values)
    end = stopped.stopped_at
    assert len(stopped.theta) == end + 1
    for name, rows_until in {
        "theta": end + 1,
        "loss": end + 1,
        "gradient": end + 1,
        "effective_lr": end,
    }.items():
        part, all_rows = getattr(stopped, name), getattr(whole, name)
        if all_rows is not None:
            assert np.array_equal(part, all_rows[:rows_until], equal_nan=True)


@pytest.mark.parametrize("rule", RULES)
@always_the_same
@given(st.data(), rows(floats(), 2))
def test_what_is_passed_is_never_changed(rule, data, starts):
    values = data.draw(settings_of(rule))
    columns = {name: np.full(len(starts), value) for name, value in values.items()}
    X, y = np.array([0.0, 1.0, 3.0]), np.array([2.0, -1.0, 5.0])
    passed = [starts, X, y, *columns.values()]
    kept = [each.copy() for each in passed]
    problem = least_squares(X, y, start=starts[0])
    for keep in ("all", "last"):
        path = run(problem, rule, 3, start=starts, keep=keep, **columns)
        path.theta[...] = path.loss[...] = path.gradient[...] = 7
    for each, before in zip(passed, kept, strict=True):
        assert np.array_equal(each, before)
