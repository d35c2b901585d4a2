"""Other data than the article's: each set works everywhere, or the words say why it does not."""

import numpy as np
import pytest

from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.optimizers import RULES
from rmsprop_lesson.problems import Quadratic, least_squares, linear_regression
from rmsprop_lesson.trajectory import run

MANY = 1_000_000
SETS = {
    "two points": ([0, 1], [1, 3]),
    "the same y": ([0, 1, 2], [5, 5, 5]),
    "all y zero": ([0, 1, 2], [0, 0, 0]),
    "points on a line": ([1, 2, 3], [2, 4, 6]),
    "the same X but once": ([1, 1, 1, 2], [0, 1, 2, 3]),
    "far from the origin": ([1e8, 1e8 + 1], [0, 1]),
    "large": ([1e50, 2e50], [1, 2]),
    "small": ([1e-100, 2e-100], [1e-100, 0]),
    "an outlier": ([0, 1, 2, 3], [0, 1, 2, 1e100]),
    "a far start": ([0, 1, 2], [1, 2, 4], [1e99, -1e99]),
    "a start at the optimum": ([0, 1], [1, 3], [1, 2]),
}


@pytest.mark.parametrize("data", SETS.values(), ids=SETS)
def test_a_set_of_data_can_be_run_and_explored(data):
    problem = least_squares(*data)
    assert run(problem, n_steps=20).diverged_at is None
    explorer = Explorer(problem, n_steps=20, sliders="lr")
    explorer.set(lr=0.37)
    assert f"intercept {explorer.trajectory.theta[-1, 0]:.3f}" in explorer.sentence
    assert explorer.png().startswith(b"\x89PNG")


@pytest.mark.parametrize("seed", [1, 7, 42, 2**32 - 1])
def test_other_seeds_give_other_data_with_the_same_story(seed):
    problem = linear_regression(seed)
    end = run(problem).theta[-2:]
    assert np.allclose(np.abs(end - problem.optimum), 0.05, rtol=0, atol=1e-3)
    assert not np.array_equal(problem.X, linear_regression().X)


@pytest.mark.parametrize("X", [[1.0], [3.0, 3.0, 3.0], [1, 1 + 2**-52], [1e99, 1e99 + 1e86]])
def test_where_many_lines_fit_equally_well_that_is_said(X):
    with pytest.raises(ValueError, match=r"X must hold .* many lines fit equally well"):
        least_squares(X, np.arange(len(X)))


@pytest.mark.parametrize(
    "data", [([1e100, -1e100], [1e100, 0]), ([0, 1, 2], [1, 2, 4], [1e200, 0])]
)
def test_losses_too_large_to_be_drawn_are_said(data):
    problem = least_squares(*data)
    run(problem, n_steps=20)
    with pytest.raises(
        ValueError, match=r"problem must have losses that can be drawn, .* not (inf|nan)"
    ):
        Explorer(problem)


def bowl(hessian=((1, 0), (0, 1)), at=(0, 0), start=(1, 1), **more):
    return Quadratic(np.array(hessian, dtype=float), at, at, start, **more)


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (bowl(names=()), "two names"),
        (bowl(names=("a",)), "two names"),
        (bowl(names=("a", "b", "c")), "two names"),
        (bowl(np.zeros((2, 2))), "rise by more than 1e-250"),
        (bowl(-np.eye(2)), "rise by more than 1e-250"),
        (bowl(-np.eye(2), minimum=100), "rise by more than 1e-250"),
        (bowl(np.zeros((2, 2)), minimum=100), "rise by more than 1e-250"),
        (bowl(5e-324 * np.eye(2)), "stay below 1e250"),
        (bowl(1e251 * np.eye(2)), "stay below 1e250"),
        (bowl(1e290 * np.eye(2)), "stay below 1e250"),
        (bowl(minimum=1e308), "stay below 1e250"),
        (bowl(at=(1e14, 0), start=(1e14, 0)), "differ enough for a picture"),
    ],
)
def test_a_problem_that_cannot_be_drawn_is_refused_in_words(problem, said):
    with pytest.raises(ValueError, match=f"problem must have .*{said}"):
        Explorer(problem, n_steps=5)


@pytest.mark.parametrize(
    "problem",
    [
        bowl(np.diag([1, 0])),
        bowl(np.diag([1, -1])),
        bowl(np.diag([1, -400])),
        bowl(np.diag([-400, 1])),
        bowl(1e-240 * np.eye(2)),
        bowl(1e240 * np.eye(2)),
        bowl(minimum=-1e249),
        bowl(at=(1e6, 0), start=(1e6, 0)),
        bowl(at=(1e13, 0), start=(1e13, 0)),
        bowl(names=("$\\frac$", "我")),
    ],
)
def test_a_problem_at_the_border_of_what_can_be_drawn_is_drawn(problem):
    data, _ = Explorer(problem, n_steps=5)._repr_mimebundle_()
    assert data["image/png"]


@pytest.mark.parametrize("names", [("\ud800", "b"), ("a\n", "b"), ("a", 1)], ids=ascii)
def test_names_that_cannot_be_printed_are_refused(names):
    with pytest.raises(ValueError, match="names must be a tuple of texts that can be printed"):
        bowl(names=names)


def test_a_problem_without_parameters_is_refused():
    with pytest.raises(ValueError, match=r"start must have shape \(..., n\), not \(0,\)"):
        Quadratic(np.zeros((0, 0)), [], [], [])


def test_what_a_run_takes_of_a_million_points_are_six_numbers():
    stream = np.random.RandomState(0)
    X = 2 * stream.rand(MANY)
    problem = least_squares(X, 4 + 3 * X + stream.randn(MANY), start=[0, 0])
    assert np.allclose(problem.optimum, [4, 3], atol=0.01)
    assert problem.hessian.size + problem.c.size == 6
    expected = [run(problem, rule, n_steps=50).loss for rule in RULES]
    for data in ("X", "y"):
        object.__setattr__(problem, data, None)  # nobody misses them
    for rule, loss in zip(RULES, expected, strict=True):
        assert np.array_equal(run(problem, rule, n_steps=50).loss, loss)


def test_a_picture_of_many_points_is_no_larger_than_one_of_some():
    X = np.random.RandomState(0).rand(20_000)
    explorer = Explorer(least_squares(X, 3 * X), n_steps=2, panels="fit", sliders="lr")
    (panel,) = explorer.player.scene["panels"]
    assert len(panel["svg"]) < 200_000
    assert "data:image/png" in panel["svg"]
    assert "data:image/png" not in str(Explorer(linear_regression(), n_steps=2).player.scene)
