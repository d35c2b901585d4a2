"""Problems that sliders change: the bowl and its contours follow condition and angle."""

import itertools

import numpy as np
import pytest

from rmsprop_lesson.dials import POSITIONS, dial
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.explorer_arguments import checked_runs
from rmsprop_lesson.families import family_of, ground_of, grounds_of
from rmsprop_lesson.figures import plane_window
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.packing import Channel, unpack
from rmsprop_lesson.problems import linear_regression, quadratic_bowl
from rmsprop_lesson.trajectory import run

DIALS = {name: dial(name) for name in ("condition", "angle")}
CIRCLE = np.array([(np.cos(t), np.sin(t)) for t in np.linspace(0, 2 * np.pi, 25)])


@pytest.fixture(scope="module")
def explorer():
    sliders = ("lr", "condition", "angle")
    return Explorer(
        quadratic_bowl, rmsprop, gradient_descent, 50, ("plane", "loss"), sliders=sliders, beta=0.5
    )


@pytest.mark.parametrize(("condition", "angle"), [(1, 0), (1000, 0), (50, 30), (1000, 45), (7, 90)])
def test_on_every_contour_the_loss_is_the_same(condition, angle):
    problem = quadratic_bowl(condition=condition, angle=angle)
    for radius in (0.1, 1.0, 3.0):
        points = radius * CIRCLE @ np.transpose(ground_of(problem)["matrix"]) + problem.optimum
        assert np.allclose(problem.loss(points), radius**2 / 2, rtol=1e-9)


def test_every_setting_has_the_ground_of_its_own_problem():
    family = family_of(quadratic_bowl, DIALS, {})
    told = grounds_of(quadratic_bowl, DIALS, {}, family)
    settings = itertools.product(POSITIONS["condition"], POSITIONS["angle"])
    for ground, (condition, angle) in zip(told["all"], settings, strict=True):
        problem = quadratic_bowl(condition=condition, angle=angle)
        assert ground["start"] == problem.start.tolist()
        assert ground["hessian"] == problem.hessian.tolist()
        assert np.allclose(ground["matrix"], ground_of(problem)["matrix"])


def test_one_window_holds_every_start_and_the_optimum():
    family = family_of(quadratic_bowl, DIALS, {})
    (left, right), (bottom, top) = plane_window(family)
    for x, y in [*family.start, (0, 0)]:
        assert left < x < right and bottom < y < top


def test_a_problem_that_no_slider_changes_has_no_family():
    assert family_of(linear_regression(), DIALS, {}) is None
    assert family_of(quadratic_bowl, {"lr": dial("lr")}, {"condition": 10.0, "angle": 0.0}) is None


def test_the_sliders_of_the_problem_move_the_run_to_exactly_its_setting(explorer):
    assert list(explorer.sliders) == ["lr", "condition", "angle"]
    for lr, condition, angle in [(0.1, 1000, 0), (0.47, 20, 45), (0.3, 123.5, 33.0)]:
        explorer.set(lr=lr, condition=condition, angle=angle)
        given = {"condition": condition, "angle": angle, "lr": lr}
        ours = run(quadratic_bowl, rmsprop, 50, beta=0.5, epsilon=1e-8, **given)
        descent = run(quadratic_bowl, gradient_descent, 50, **given)
        for path, expected in zip(explorer.trajectories, (ours, descent), strict=True):
            assert np.array_equal(path.theta, expected.theta)


def test_the_atlas_holds_the_runs_with_what_has_no_slider_kept_at_its_first_value(explorer):
    told = explorer.player.scene["paths"][0]
    channels = [Channel(**each) for each in told["channels"]]
    pieces = [unpack(piece, channels) for piece in explorer.player.pieces[0]]
    codes = np.concatenate([piece[0] for piece in pieces])
    names, positions = zip(*told["positions"], strict=True)
    settings = list(itertools.product(*positions))
    assert len(codes) == len(settings) == 39 * 10 * 10
    for number in range(0, len(settings), 211):
        given = dict(zip(names, settings[number], strict=True))
        path = run(quadratic_bowl, rmsprop, 50, beta=0.5, **given)
        assert np.abs(channels[0].decode(codes[number]) - path.theta[:, 0]).max() <= 0.0005 + 1e-9


def test_a_value_between_two_positions_brings_its_ground_with_it(explorer):
    explorer.set(lr=0.1, condition=123.5, angle=33.0)
    problem = quadratic_bowl(condition=123.5, angle=33.0)
    assert explorer.player.exact["ground"] == ground_of(problem)
    assert explorer.png().startswith(b"\x89PNG")


def test_the_code_gives_the_run_on_screen(explorer):
    explorer.set(lr=0.1, condition=20.0, angle=45.0)
    first, second = explorer.code.splitlines()
    scope = {"run": run, "quadratic_bowl": quadratic_bowl, "rmsprop": rmsprop}
    scope["gradient_descent"] = gradient_descent
    for line, path in zip((first, second), explorer.trajectories, strict=True):
        assert np.array_equal(eval(line, scope).theta, path.theta)
    imports = explorer.player.scene["imports"]
    assert "from rmsprop_lesson.problems import quadratic_bowl" in imports


def test_a_problem_whose_own_parameters_have_no_slider_is_the_one_of_their_first_values():
    explorer = Explorer(quadratic_bowl, n_steps=5, sliders="lr", condition=20.0, angle=30.0)
    assert list(explorer.sliders) == ["lr"] and explorer.family is None
    path = run(quadratic_bowl, rmsprop, 5, condition=20.0, angle=30.0)
    assert np.array_equal(explorer.trajectory.theta, path.theta)
    hessian = quadratic_bowl(condition=20.0, angle=30.0).hessian.tolist()
    assert explorer.player.scene["hessian"] == hessian
    assert explorer.png().startswith(b"\x89PNG")


def test_too_many_settings_are_refused_and_fewer_sliders_proposed():
    with pytest.raises(ValueError, match="at most 20000 settings together, not 1037400: choose"):
        Explorer(quadratic_bowl)


def test_too_many_points_of_several_rules_are_refused_and_the_most_iterations_named():
    problem, rules = linear_regression(), [rmsprop, rmsprop, gradient_descent, rmsprop]
    dials = {name: dial(name) for name in ("lr", "beta", "epsilon")}
    settings = 3 * 39 * 19 * 14 + 39  # gradient descent has lr alone
    assert settings * 1604 <= 50_000_000 < settings * 1605
    assert checked_runs(dials, problem, rules, 1604) is dials
    refusal = f"n_steps must be at most 1604 for the {settings} settings of 4 rules, not 1605: or"
    with pytest.raises(ValueError, match=refusal):
        Explorer(problem, rules[0], rules[1:], 1605)
    assert Explorer(problem, rules[0], rules[1:], 1605, sliders="lr").n_steps == 1605


@pytest.mark.parametrize("value", ["gamma", [], 5, ["lr", None], [["lr"]]], ids=repr)
def test_wrong_sliders_are_named(value):
    with pytest.raises(ValueError, match="sliders must be some of lr, beta, epsilon, condition"):
        Explorer(quadratic_bowl, sliders=value)
