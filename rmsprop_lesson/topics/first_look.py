"""What notebook 00_start_here asks and shows: the first look at the explorer."""

from functools import partial

from ..problems import linear_regression
from ..tasks import Task
from ..trajectory import run

N_STEPS = 200  # what the explorer shows


def _path(lr):
    return run(linear_regression(), n_steps=N_STEPS, lr=lr, beta=0.9, epsilon=1e-8)


def _lowest_iteration(lr):
    return _path(lr).loss.argmin()


def _parameters_at_the_lowest_loss():
    path = _path(0.1)
    return path.theta[path.loss.argmin()]


QUESTIONS = {}
TASKS = {
    "lowest slope": Task(
        right=lambda: _parameters_at_the_lowest_loss()[1],
        explains="To three decimals this is the slope of the best line: the run comes that near to "
        "it, and leaves it again.",
        mistakes=(
            (
                lambda: _path(0.1).theta[N_STEPS, 1],
                "This is the slope at the end of the picture. The loss is lower before.",
            ),
            (
                lambda: 3,
                "This is the slope from which the data were made. The noise turns the best line a "
                "little. Read the slope in the sentence above the pictures.",
            ),
            (
                lambda: _parameters_at_the_lowest_loss()[0],
                "This is the intercept. The slope stands beside it.",
            ),
        ),
        tolerance=0.001,
    ),
    "lowest iteration": Task(
        right=partial(_lowest_iteration, 0.05),
        explains="With half the learning rate the first part of the way, in steps of about lr, "
        "takes twice as many iterations. The last part, where the steps shrink, takes hardly more.",
        mistakes=(
            (
                partial(_lowest_iteration, 0.1),
                "This is the answer for lr = 0.1. Type 0.05 into the box of the learning rate and "
                "press Enter.",
            ),
            (
                lambda: 2 * _lowest_iteration(0.1),
                "This is twice the answer for lr = 0.1. Half the learning rate does not take twice "
                "as long: look at the picture.",
            ),
            (
                lambda: _lowest_iteration(0.1) / 2,
                "This is half of the answer for lr = 0.1. Shorter steps take longer.",
            ),
            (
                lambda: N_STEPS,
                "This is the end of the picture. The thin line is lowest before.",
            ),
        ),
        tolerance=0.015,
    ),
}
