"""Notebook 03: how near a library comes in each precision, and what its three programs do."""

import ast
from pathlib import Path

import nbformat
import numpy as np
import pytest

from rmsprop_lesson.lesson import QUESTIONS
from rmsprop_lesson.library_numbers import OPTAX
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.topics.writing import _SIZES

NOTEBOOK = Path(__file__).parents[1] / "notebooks/03_write_rmsprop.ipynb"


def loop(rule, number=np.float64, n_steps=100, **settings):
    """Return all thetas of a rule in a plain loop, computed in one precision throughout."""
    problem = linear_regression()
    hessian, best, theta = (
        np.asarray(each, dtype=number) for each in (problem.hessian, problem.optimum, problem.start)
    )
    average, path = np.zeros(2, number), [theta]
    settings = {name: number(value) for name, value in settings.items()}
    for _ in range(n_steps):
        theta, average = rule(theta, hessian @ (theta - best), average, **settings)
        path.append(theta)
    return np.array(path)


@pytest.fixture(scope="module")
def programs():
    cells = [cell for cell in nbformat.read(NOTEBOOK, 4).cells if cell.cell_type == "code"]
    names = {"np": np}
    for cell in cells:
        body = ast.parse(cell.source).body
        if body and isinstance(body[0], ast.FunctionDef) and "program_" in body[0].name:
            exec(cell.source, names)
        if "def rmsprop_solution" in cell.source:
            exec(cell.source.split("check_rmsprop")[0], names)
    return names


@pytest.mark.parametrize(
    "number, choice", [(np.float64, "less than 1e-12"), (np.float32, "about 0.000001")]
)
def test_how_far_the_two_lines_are_from_the_library_depends_on_the_precision(
    programs, number, choice
):
    path = loop(programs["rmsprop_solution"], number, lr=0.1, beta=0.9, epsilon=1e-8)
    largest = max(abs(path[step] - theta).max() for step, theta in OPTAX.items())
    asked = QUESTIONS["library"]
    assert choice in asked.choices
    assert next(each for each, size in _SIZES.items() if largest < size) == choice
    assert (asked.measure()[0] == choice) == (number is np.float64)


def test_the_first_step_of_program_a_is_divided_by_the_root_of_epsilon_alone(programs):
    problem = linear_regression()
    path = loop(programs["program_a"], n_steps=1, lr=0.1, beta=0.9, epsilon=0.01)
    gradient = problem.hessian @ (problem.start - problem.optimum)
    assert np.allclose(path[1], problem.start - 0.1 * gradient / 0.1)


def furthest(programs, name, beta, epsilon):
    settings = {"lr": 0.1, "beta": beta, "epsilon": epsilon}
    ours = loop(programs["rmsprop_solution"], **settings)
    return np.abs(loop(programs[name], **settings) - ours).max()


def test_program_b_is_rmsprop_at_beta_0_and_only_there(programs):
    assert furthest(programs, "program_b", 0.0, 1e-8) == 0
    assert furthest(programs, "program_b", 0.9, 1e-8) > 2


def test_program_c_shows_where_epsilon_is_not_small_beside_the_average(programs):
    distances = [furthest(programs, "program_c", 0.9, epsilon) for epsilon in (1e-8, 0.01, 1)]
    assert distances == sorted(distances)
    assert distances[0] < 1e-8
    assert distances[2] > 0.2
