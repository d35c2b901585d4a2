import itertools
from fractions import Fraction

import numpy as np
import pytest
from article import article_data, exact_normal_equations, exact_optimum

from rmsprop_lesson.problems import (
    Quadratic,
    least_squares,
    linear_regression,
    quadratic_bowl,
)

THETAS = np.random.RandomState(7).uniform(-10, 10, (50, 2))


def test_the_data_and_the_start_are_the_article_s():
    X, y, theta = article_data()
    problem = linear_regression(seed=0)
    assert problem.X.shape == problem.y.shape == (100, 1)
    assert problem.start.shape == (2,)
    assert np.abs(problem.X - X).max() < 1e-12
    assert np.abs(problem.y - y).max() < 1e-12
    assert np.abs(problem.start - theta.ravel()).max() < 1e-12


def test_the_last_bits_that_a_machine_may_draw_differently_are_rounded_away():
    problem = linear_regression()
    for values in (problem.X, problem.y, problem.start):
        assert np.array_equal(values, values.round(12))


def test_numpy_s_global_random_state_stays_untouched():
    np.random.seed(5)
    before = np.random.get_state()
    linear_regression(seed=123)
    after = np.random.get_state()
    assert np.array_equal(before[1], after[1])
    assert before[2:] == after[2:]


def test_start_loss_optimum_and_curvatures_are_the_lesson_s_numbers():
    problem = linear_regression()
    assert problem.start.round(6).tolist() == [-0.353994, -1.374951]
    assert round(float(problem.loss(problem.start)), 6) == 82.663058
    assert problem.optimum.round(6).tolist() == [4.222151, 2.968468]
    assert round(problem.minimum, 6) == 0.992439
    assert problem.curvatures().round(6).tolist() == [0.321904, 4.131311]


def test_hessian_and_c_are_the_exact_sums_rounded():
    problem = linear_regression()
    hessian, c = exact_normal_equations(problem.X, problem.y)
    for i in range(2):
        assert _units_apart(problem.c[i], c[i]) <= 3
        for j in range(2):
            assert _units_apart(problem.hessian[i, j], hessian[i][j]) <= 3


def _units_apart(number, fraction):
    return abs(Fraction(float(number)) - fraction) / Fraction(float(np.spacing(abs(number))))


def test_the_optimum_is_the_least_squares_solution():
    problem = linear_regression()
    exact = [float(each) for each in exact_optimum(problem.X, problem.y)]
    assert np.abs(problem.optimum - exact).max() < 5e-15
    with_ones = np.c_[np.ones(100), problem.X]
    solution = np.linalg.lstsq(with_ones, problem.y[:, 0], rcond=None)[0]
    assert np.abs(problem.optimum - solution).max() < 1e-13


def test_a_line_through_points_far_from_the_origin_is_found_as_well():
    X = 1e4 + np.arange(20.0)
    exact = [float(each) for each in exact_optimum(X, 3 - 2 * X)]
    assert exact == [3, -2]
    assert np.abs(least_squares(X, 3 - 2 * X).optimum - exact).max() < 1e-7


def test_the_loss_is_the_mean_squared_error():
    problem = linear_regression()
    for theta in THETAS:
        errors = theta[0] + theta[1] * problem.X - problem.y
        assert np.isclose(problem.loss(theta), (errors**2).mean(), rtol=1e-13)


def test_the_excess_is_the_loss_above_the_loss_at_the_optimum():
    problem = linear_regression()
    assert problem.excess(problem.optimum) == 0
    assert problem.loss(problem.optimum) == problem.minimum
    for theta in THETAS:
        expected = problem.loss(theta) - problem.minimum
        assert np.isclose(problem.excess(theta), expected, rtol=1e-12)


def test_the_gradient_is_the_article_s_formula():
    problem = linear_regression()
    with_ones = np.c_[np.ones((100, 1)), problem.X]
    for theta in THETAS:
        expected = 2 / 100 * with_ones.T.dot(with_ones.dot(theta[:, None]) - problem.y)
        assert np.allclose(problem.gradient(theta), expected[:, 0], rtol=0, atol=1e-12)


def test_the_gradient_is_the_slope_of_the_loss():
    for problem in (linear_regression(), quadratic_bowl(condition=50, angle=20)):
        for theta in THETAS:
            for i, step in enumerate(np.eye(2) / 64):  # exact for a quadratic, but for rounding
                slope = (problem.loss(theta + step) - problem.loss(theta - step)) * 32
                assert np.isclose(problem.gradient(theta)[i], slope, rtol=0, atol=1e-9)


def test_many_thetas_at_once_give_the_bits_of_each_alone():
    problem = linear_regression()
    many = THETAS.reshape(5, 10, 2)
    assert problem.gradient(many).shape == (5, 10, 2)
    assert problem.loss(many).shape == problem.excess(many).shape == (5, 10)
    for function in (problem.gradient, problem.loss, problem.excess):
        alone = np.array([function(theta) for theta in THETAS]).reshape(function(many).shape)
        assert np.array_equal(function(many), alone)


def test_loss_and_gradient_take_lists_and_whole_numbers():
    problem = linear_regression()
    assert np.array_equal(problem.gradient([1, 2]), problem.gradient(np.array([1.0, 2.0])))
    assert problem.loss([[1, 2]]).shape == (1,)


def test_the_same_seed_is_the_same_object_however_it_is_written():
    problem = linear_regression()
    assert linear_regression(0) is problem
    assert linear_regression(seed=0) is problem
    assert linear_regression(np.int64(0)) is problem
    assert linear_regression(1) is not problem


def test_nobody_can_change_a_problem_that_others_use():
    problem = linear_regression()
    for name in ("X", "y", "start", "optimum", "hessian", "c"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(problem, name)[0] = 7


def test_a_quadratic_keeps_its_own_copy():
    hessian = np.eye(2)
    problem = Quadratic(hessian, [0, 0], [0, 0], [1, 1])
    hessian[0, 0] = 7
    assert problem.gradient([1, 1]).tolist() == [1, 1]


@pytest.mark.parametrize("seed", [-1, 2**32, 0.0, False, True, "0", None, [0], np.nan])
def test_a_wrong_seed_is_named(seed):
    linear_regression(0)
    with pytest.raises(ValueError, match=r"seed must be a whole number from 0 to 2\*\*32 - 1, not"):
        linear_regression(seed)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([1, 2], [1], "same length, not 2 and 1"),
        ([], [], r"X must have shape \(m,\) or \(m, 1\), not \(0,\)"),
        (3, 4, r"X must have shape \(m,\) or \(m, 1\), not \(\)"),
        ([[1, 2], [3, 4]], [1, 2, 3, 4], r"X must have shape .* not \(2, 2\)"),
        ([1, 1], [1, 2], "X must hold at least two different numbers"),
        ([1], [1], "X must hold at least two different numbers"),
        ([1e-200, 2e-200], [1, 2], "X must hold at least two different numbers"),
        ([1, np.nan], [1, 2], "X must hold finite numbers only, not nan"),
        ([1, 2], [1, -np.inf], "y must hold finite numbers only, not -inf"),
        ([1e154, -1e154], [1, 2], r"X must lie within -1e100 to 1e100, not 1e\+154"),
        ([1, 2], [1, -1e200], r"y must lie within -1e100 to 1e100, not 1e\+200"),
        (["1", "2"], [1, 2], "X must hold real numbers only"),
        ([1j, 2], [1, 2], "X must hold real numbers only"),
        (np.array([1j, 2]), [1, 2], "X must hold real numbers only"),
        ([1, 2], [True, False], "y must hold real numbers only"),
        ([[1], [1, 2]], [1, 2], "X must hold real numbers only"),
        (None, [1, 2], "X must hold real numbers only, not None"),
    ],
)
def test_wrong_data_are_named(X, y, message):
    with pytest.raises(ValueError, match=message):
        least_squares(X, y)


@pytest.mark.parametrize("start", [1, [1], [1, 2, 3], [[1, 2]], [1, np.nan], "ab", None, [1j, 2]])
def test_a_wrong_start_is_named(start):
    with pytest.raises(ValueError, match="start must"):
        least_squares([1, 2], [1, 2], start=start)
    with pytest.raises(ValueError, match="start must"):
        quadratic_bowl(start=start)


def test_the_lesson_s_bowl_is_flat_along_one_axis_and_steep_along_the_other():
    bowl = quadratic_bowl(condition=1000)
    x, y = THETAS.T
    assert np.allclose(bowl.loss(THETAS), 0.002 * x**2 + 2 * y**2, rtol=1e-14)
    assert bowl.start.tolist() == [-5, -2]
    assert np.isclose(bowl.loss(bowl.start), 0.05 + 8)
    assert bowl.gradient([1, 1]).tolist() == [0.004, 4]
    assert bowl.minimum == bowl.loss([0, 0]) == 0


@pytest.mark.parametrize("angle", [0, 15, 30, 45, 90, 120, 180, -30, 400])
def test_every_angle_poses_the_same_task(angle):
    bowl, level = quadratic_bowl(condition=100, angle=angle), quadratic_bowl(condition=100)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn = np.array([[c, -s], [s, c]])
    assert np.allclose(bowl.start, turn @ level.start, atol=1e-14)
    assert np.allclose(bowl.hessian, turn @ level.hessian @ turn.T, atol=1e-14)
    assert np.allclose(bowl.curvatures(), [0.04, 4], atol=1e-14)
    assert np.allclose(bowl.loss(THETAS @ turn.T), level.loss(THETAS), rtol=1e-12)
    assert np.isclose(bowl.loss(bowl.start), level.loss(level.start))


def test_a_quarter_turn_leaves_no_dust_of_the_cosine():
    assert quadratic_bowl(angle=90).hessian.tolist() == [[4, 0], [0, 0.004]]
    assert quadratic_bowl(angle=90).start.tolist() == [2, -5]


def test_many_bowls_broadcast_and_each_has_the_bits_of_one_alone():
    conditions, angles, steepest = np.array([[1.0], [10.0]]), np.array([0.0, 15.0, 45.0]), 2.5
    many = quadratic_bowl(conditions, angles, steepest)
    assert many.hessian.shape == (2, 3, 2, 2)
    assert many.start.shape == many.optimum.shape == (2, 3, 2)
    theta = np.array([0.3, -0.7])
    for i, condition in enumerate(conditions[:, 0]):
        for j, angle in enumerate(angles):
            one = quadratic_bowl(condition, angle, steepest)
            assert np.array_equal(many.gradient(theta)[i, j], one.gradient(theta))
            assert many.loss(theta)[i, j] == one.loss(theta)
            assert np.array_equal(many.start[i, j], one.start)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"condition": 0.5}, "condition must be 1 or more, not 0.5"),
        ({"condition": [3, 0.2]}, "condition must be 1 or more, not 0.2"),
        ({"condition": np.nan}, "condition must hold finite numbers only, not nan"),
        ({"condition": True}, "condition must hold real numbers only, not True"),
        ({"condition": None}, "condition must hold real numbers only, not None"),
        ({"steepest": 0}, "steepest must be above 0, not 0"),
        ({"steepest": -3}, "steepest must be above 0, not -3"),
        ({"angle": "a"}, "angle must hold real numbers only, not 'a'"),
        ({"angle": np.inf}, "angle must hold finite numbers only, not inf"),
        ({"condition": [1, 2], "angle": [1, 2, 3]}, r"condition \(2,\), angle \(3,\)"),
    ],
)
def test_a_wrong_bowl_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        quadratic_bowl(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2], [3, 4]], [0, 0], [0, 0], [1, 1]), "hessian must be symmetric"),
        (
            ([[1, 0]], [0, 0], [0, 0], [1, 1]),
            r"hessian must have shape \(..., 2, 2\), not \(1, 2\)",
        ),
        ((np.eye(3), [0, 0], [0, 0], [1, 1]), "hessian must have shape"),
        ((np.eye(2), [0], [0, 0], [1, 1]), r"c must have shape \(..., 2\), not \(1,\)"),
        ((np.eye(2), [0, 0], [0, 0, 0], [1, 1]), r"optimum must have shape \(..., 2\)"),
        ((np.eye(2), [0, np.nan], [0, 0], [1, 1]), "c must hold finite numbers only, not nan"),
        ((np.eye(2), [0, 0], [0, 0], 1), "must have shape"),
    ],
)
def test_a_quadratic_whose_parts_do_not_belong_together_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Quadratic(*arguments)


def test_a_quadratic_may_have_more_than_two_parameters():
    problem = Quadratic(
        np.diag([1.0, 2, 3]), [1, 2, 3], [1, 1, 1], [0, 0, 0], names=("a", "b", "c")
    )
    assert problem.gradient([2, 2, 2]).tolist() == [1, 2, 3]
    assert problem.loss([2, 2, 2]) == 3


@pytest.mark.parametrize(
    "theta",
    [1, [1], [1, 2, 3], [], None, "ab", ["1", "2"], [1j, 2], np.array([1j, 2]), [True, False]],
)
def test_a_wrong_theta_is_named(theta):
    for function in (linear_regression().gradient, linear_regression().loss):
        with pytest.raises(ValueError, match="theta must"):
            function(theta)


def test_what_is_said_to_be_surely_finite_is_finite():
    sizes = [0.0, 5e-324, 1.0, 1e99, 1.1e100, 1e154, 1e200, np.inf, np.nan]
    theta = np.array([(sign * a, b) for a in sizes for b in sizes for sign in (1, -1)])
    hessians = [size * np.eye(2) for size in (0.0, 1e-300, 1.0, 1e99, 1e150, 1e308)]
    said = []
    for hessian, optimum in itertools.product(hessians, (0.0, 1e99, 1e155, 1e300)):
        problem = Quadratic(hessian, [0, 0], [optimum, 0], [0, 0], minimum=min(optimum, 1.0))
        with np.errstate(all="ignore"):
            finite = np.isfinite(problem.loss(theta)) & np.isfinite(theta).all(axis=1)
            said.append([bool(problem.is_surely_finite(each)) for each in theta])
            assert problem.is_surely_finite(theta) == np.all(said[-1])
        assert finite[said[-1]].all()
    assert np.any(said)
    assert linear_regression().is_surely_finite(theta[:4])
    assert not Quadratic(np.eye(2), [0, 0], [0, 0], [0, 0], 1e301).is_surely_finite(theta[:4])
