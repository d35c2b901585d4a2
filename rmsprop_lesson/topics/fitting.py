"""What notebook 04_fit_the_line asks: the article's program on its data."""

from functools import partial

import numpy as np

from ..figures import stability
from ..predictions import Question
from ..problems import linear_regression
from ..tasks import Task
from ..trajectory import run


def _path(lr):
    return run(linear_regression(), n_steps=1000, lr=lr, beta=0.9, epsilon=1e-8)


def _distance_at_the_end(lr):
    path = _path(lr)
    return abs(path.theta[-1] - path.problem.optimum)[0]


def _distance_after_1000_steps():
    distance = _distance_at_the_end(0.1)
    right = min((1e-6, 1e-3, 0.05), key=lambda size: abs(np.log(distance / size)))
    choice = {1e-6: "less than 0.000001", 1e-3: "about 0.001", 0.05: "about 0.05"}[right]
    return choice, f"{distance:.4f}."


QUESTIONS = {
    "distance": Question(
        text="After 1000 iterations, how far is the program's intercept from the best one?",
        choices={
            "less than 0.000001": "Then the program would have converged: its steps would have "
            "become tiny.",
            "about 0.001": "Then it would still be on its way, with small steps left to go.",
            "about 0.05": "This is half the learning rate. So it is the settings that decide how "
            "close the program gets, and not the number of iterations.",
        },
        measure=_distance_after_1000_steps,
    ),
}


def _lr_that_ends_off_by(distance):
    """The distance is a fixed part of lr, so one run tells the part."""
    return distance * 0.1 / _distance_at_the_end(0.1)


def _first_unstable_step(lr):
    path = _path(lr)
    return (stability(path.problem, path.effective_lr) > 2).argmax() + 1


TASKS = {
    "closer": Task(
        right=partial(_lr_that_ends_off_by, 0.01),
        explains="The distance is half of lr, so lr is twice the distance.",
        mistakes=(
            (lambda: 0.01, "This is the distance itself. A hop goes to the other side."),
            (
                lambda: 0.01 / 2,
                "This is half of the distance. It is the distance that is half of lr.",
            ),
            (lambda: 0.1, "This is the article's lr. With it the program ends further away."),
        ),
    ),
    "unstable": Task(
        right=partial(_first_unstable_step, 0.05),
        explains="From this step on there are errors that grow. The loss is lowest some steps "
        "later, as with lr = 0.1.",
        mistakes=(
            (
                lambda: _first_unstable_step(0.05) - 1,
                "This is the iteration at which the black line is first drawn above 2. The step "
                "that begins there leads to the next iteration, and has its number.",
            ),
            (
                lambda: _first_unstable_step(0.05) + 1,
                "One too many. argmax counts the rows from 0, and row k belongs to step k + 1. So "
                "1 is added once.",
            ),
            (partial(_first_unstable_step, 0.1), "This is the answer for lr = 0.1."),
            (
                lambda: _path(0.05).loss.argmin(),
                "This is the iteration with the lowest loss. The black line passes 2 before.",
            ),
            (lambda: 2, "This is the limit. The number of the step is asked for."),
        ),
    ),
}
