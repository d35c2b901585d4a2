"""Notebook 04: the number of each exercise, and its mistakes, by a second way."""

import numpy as np
from article import article_data, article_loop

from rmsprop_lesson.lesson import QUESTIONS, TASKS, check_number, predict


def with_ones():
    X, y, _ = article_data()
    return np.c_[np.ones((100, 1)), X], y


def best():
    return np.linalg.lstsq(*with_ones(), rcond=None)[0].ravel()


def largest_eigenvalues(path, lr):
    """Return λmax(PH) of each step of a path, from the average that a plain loop keeps."""
    X, y = with_ones()
    hessian = 2 / 100 * X.T @ X
    average, values = np.zeros(2), []
    for theta in path:
        gradient = (2 / 100 * X.T @ (X @ theta[:, None] - y)).ravel()
        average = 0.9 * average + 0.1 * gradient**2
        scaled = np.diag(lr / np.sqrt(average + 1e-8)) @ hessian
        values.append(np.linalg.eigvals(scaled).real.max())
    return np.array(values)


def test_the_program_ends_half_of_lr_away_from_the_best_intercept():
    right, measured = QUESTIONS["distance"].measure()
    assert right == "about 0.05"
    assert measured == f"{abs(article_loop()[-1] - best())[0]:.4f}."
    assert "half the learning rate" in predict("distance").answer("about 0.05")


def test_the_lr_that_is_asked_for_ends_0_01_away():
    lr = TASKS["closer"].right()
    assert np.allclose(abs(article_loop(lr=lr)[-1] - best()), 0.01, rtol=1e-5)
    assert check_number("closer", 0.02)


def test_the_first_unstable_step_is_the_one_whose_largest_eigenvalue_passes_2():
    values = largest_eigenvalues(article_loop(300, lr=0.05), 0.05)
    step = TASKS["unstable"].right()
    assert (values[: step - 1] < 2).all()  # step k is taken from iteration k - 1
    assert values[step - 1] > 2
    assert check_number("unstable", 158)


def test_each_mistake_of_the_exercises_is_told_by_its_name():
    told = {
        ("closer", 0.01): "the distance itself",
        ("closer", 0.005): "half of the distance",
        ("closer", 0.1): "the article's lr",
        ("unstable", 157): "leads to the next iteration",
        ("unstable", 159): "One too many",
        ("unstable", 105): "the answer for lr = 0.1",
        ("unstable", 179): "the lowest loss",
        ("unstable", 2): "This is the limit",
    }
    for (name, answer), words in told.items():
        verdict = check_number(name, answer)
        assert not verdict
        assert words in verdict.message
    assert len(told) == sum(len(TASKS[name].mistakes) for name in ("closer", "unstable"))
