"""Notebook 00: the number of each exercise, and its mistakes, by a second way."""

import numpy as np
from article import article_data, article_loop

from rmsprop_lesson.lesson import TASKS, check_number


def losses(lr):
    X, y, _ = article_data()
    path = article_loop(200, lr=lr)
    return ((y.ravel() - path[:, :1] - path[:, 1:] * X.ravel()) ** 2).mean(axis=1)


def test_the_slope_at_the_lowest_loss_is_that_of_the_best_line_to_three_decimals():
    X, y, _ = article_data()
    slope = np.polyfit(X.ravel(), y.ravel(), 1)[0]
    assert round(TASKS["lowest slope"].right(), 3) == round(slope, 3) == 2.968
    assert check_number("lowest slope", 2.968)


def test_the_loss_is_lowest_where_the_plain_loop_has_it():
    lowest = losses(0.05).argmin()  # the order of summation moves it by a step or two
    assert abs(TASKS["lowest iteration"].right() - lowest) <= 2
    assert check_number("lowest iteration", lowest)
    assert check_number("lowest iteration", 179)


def test_half_the_lr_doubles_the_first_part_of_the_way_and_hardly_the_last():
    near = {lr: (losses(lr) - losses(lr).min() < 1).argmax() for lr in (0.05, 0.1)}
    rest = {lr: losses(lr).argmin() - near[lr] for lr in near}
    assert abs(near[0.05] / near[0.1] - 2) < 0.05
    assert rest[0.05] / rest[0.1] < 1.2


def test_each_mistake_of_the_exercises_is_told_by_its_name():
    told = {
        ("lowest slope", 3.016): "at the end of the picture",
        ("lowest slope", 3): "from which the data were made",
        ("lowest slope", 4.222): "This is the intercept",
        ("lowest iteration", 127): "the answer for lr = 0.1",
        ("lowest iteration", 254): "twice the answer",
        ("lowest iteration", 64): "Shorter steps take longer",
        ("lowest iteration", 200): "the end of the picture",
    }
    for (name, answer), words in told.items():
        verdict = check_number(name, answer)
        assert not verdict
        assert words in verdict.message
    names = ("lowest slope", "lowest iteration")
    assert len(told) == sum(len(TASKS[name].mistakes) for name in names)
