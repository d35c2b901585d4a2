"""The explorers and charts of all notebooks, made as their cells make them."""

from functools import cache

import numpy as np

from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.problems import linear_regression, quadratic_bowl
from rmsprop_lesson.topics import (
    comparing_charts,
    cycle_lab,
    libraries,
    limits,
    memory,
    one_step,
    schedules,
    stopping_lab,
)


def my_rmsprop(theta, gradient, moving_average, *, lr=0.1, beta=0.9, epsilon=1e-8):
    return None


def program_b(theta, gradient, moving_average, *, lr=0.1, beta=0.9, epsilon=1e-8):
    moving_average = beta * moving_average + gradient**2
    return theta - lr * gradient / np.sqrt(moving_average + epsilon), moving_average


def bowl():
    sliders = ("lr", "condition", "angle")
    panels = ("plane", "rates")
    return Explorer(
        quadratic_bowl, rmsprop, compare=gradient_descent, sliders=sliders, panels=panels
    )


MAKE = {
    "00-02": lambda: Explorer(linear_regression()),
    "01-14": one_step.update_chart,
    "02-09": memory.memory_chart,
    "03-09": lambda: Explorer(linear_regression(), rmsprop, compare=my_rmsprop),
    "03-15": lambda: Explorer(linear_regression(), rmsprop, compare=program_b),
    "04-18": lambda: Explorer(linear_regression()),
    "05-06": cycle_lab.cycle_lab,
    "05-41": stopping_lab.stopping_lab,
    "05-52": schedules.schedule_lab,
    "06-22": comparing_charts.rotation_chart,
    "06-27": bowl,
    "06-32": comparing_charts.sparse_chart,
    "06-45": comparing_charts.moving_chart,
    "06-58": comparing_charts.batches_chart,
    "07-05": libraries.epsilon_lab,
    "08-03": limits.sign_lab,
    "08-08": limits.many_to_one_lab,
    "08-16": limits.counterexample_lab,
    "08-26": limits.spike_lab,
}
board = cache(lambda cell: MAKE[cell]())
