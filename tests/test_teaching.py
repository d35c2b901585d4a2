"""The teacher's pages: every number that they say is computed."""

import re
from pathlib import Path

import numpy as np
import pytest

from rmsprop_lesson.figures import stability
from rmsprop_lesson.optimizers import gradient_descent
from rmsprop_lesson.problems import Quadratic, linear_regression
from rmsprop_lesson.stopping import loss_change_below
from rmsprop_lesson.trajectory import run

CLONE = Path(__file__).parents[1]
ASKED = (CLONE / "teaching/questions.md").read_text("utf-8")
ANSWERED = (CLONE / "teaching/answers.md").read_text("utf-8")


def article_run(**settings):
    return run(linear_regression(), **{"n_steps": 1000, "lr": 0.1, "beta": 0.9} | settings)


def first_steps(beta, *gradients):
    """Return the length of each step, computed as the rule says it."""
    average, steps = 0.0, []
    for gradient in gradients:
        average = beta * average + (1 - beta) * gradient**2
        steps.append(0.1 * gradient / np.sqrt(average + 1e-8))
    return steps


def in_other_units(factor):
    problem = linear_regression()
    return Quadratic(
        factor * problem.hessian,
        factor * problem.c,
        problem.optimum,
        problem.start,
        names=("a", "b"),
    )


def computed():
    """Return the numbers of each answer, as the sheet writes them."""
    path, problem = article_run(), linear_regression()
    off = {lr: article_run(lr=lr, n_steps=3000) for lr in (0.1, 0.05)}
    largest = problem.curvatures()[-1]
    middle = (path.theta[999] + path.theta[1000]) / 2
    stopped = article_run(stop=loss_change_below(0.0001))
    descent = run(in_other_units(1000), gradient_descent, n_steps=200, lr=0.1)
    return {
        1: [f"{step:.4f}" for step in {first_steps(0.9, g)[0].round(6) for g in (1, 6, 7, 2)}],
        2: [f"{first_steps(0.99, 1)[0]:.4f}"],
        3: [f"{first_steps(0.9, 2, 1)[1]:.4f}"],
        4: [
            f"{100 * 0.1 * sum(0.9**k for k in range(10)):.1f}",
            f"{np.log(0.5) / np.log(0.9):.2f}",
        ],
        5: [
            str(path.loss.argmin()),
            str((stability(problem, path.effective_lr) > 2).argmax() + 1),
        ],
        6: [
            *(f"{abs(off[lr].theta[-1] - problem.optimum)[0]:.3g}" for lr in off),
            *(f"{off[lr].excess[-1]:.4g}" for lr in off),
        ],
        7: [f"{each:.4f}" for each in middle],
        8: [f"{(lr * largest / 2) ** 2:.4f}" for lr in (0.1, 0.2)],
        9: [f"{stopped.excess[-1]:.4f}"],
        10: [str(descent.diverged_at)],
        11: [f"{0.0001**2:g}"],
        12: [],
    }


@pytest.mark.parametrize(("number", "numbers"), computed().items())
def test_an_answer_of_the_sheet_says_the_numbers_that_are_computed(number, numbers):
    answer = re.search(rf"^\*\*{number}\.\*\* (.*?)(?=^\*\*\d|\Z)", ANSWERED, re.M | re.S)[1]
    assert re.findall(r"\*\*([^*]+)\*\*", answer) == numbers


def test_questions_and_answers_of_the_sheet_have_the_same_numbers():
    wanted = [str(number) for number in computed()]
    assert re.findall(r"^\*\*(\d+)\.\*\*", ASKED, re.MULTILINE) == wanted
    assert re.findall(r"^\*\*(\d+)\.\*\*", ANSWERED, re.MULTILINE) == wanted


def test_the_sheet_asks_about_the_run_as_it_is():
    path, problem = article_run(), linear_regression()
    for iteration in (999, 1000):
        assert f"{path.theta[iteration, 0]:.4f}" in ASKED
        assert f"{path.theta[iteration, 1]:.4f}" in ASKED
    assert f"λ = {problem.curvatures()[-1]:.4f}" in ASKED
    assert f"after {article_run(stop=loss_change_below(0.0001)).stopped_at}\niterations" in ASKED


def test_what_else_the_answers_claim_holds():
    path, problem = article_run(), linear_regression()
    lowest = path.loss.argmin()
    assert np.isclose(path.excess[lowest:].max() / path.excess[lowest], 1e11, rtol=0.05)
    assert "grows 1e11-fold" in ANSWERED
    assert f"{0.1 / np.sqrt(0.1 * 2**2):.4f}, when it is used before its update" in ANSWERED
    ours = run(in_other_units(1000), n_steps=120, lr=0.1, beta=0.9, epsilon=1e-8)
    assert np.abs(ours.theta - path.theta[:121]).max() < 1e-9
    for lr in (0.1, 0.2):
        limit = (lr * problem.curvatures()[-1] / 2) ** 2
        kick = problem.optimum + 1e-9
        for factor, grows in ((0.99, True), (1.01, False)):
            end = run(problem, start=kick, n_steps=3000, lr=lr, epsilon=factor * limit)
            assert (abs(end.theta[-1] - problem.optimum).max() > 1e-9) == grows
