"""What notebook 05_settle_down asks and shows: the cycle, and what ends it."""

import numpy as np

from ..predictions import NumberQuestion, Question
from ..problems import linear_regression
from ..stopping import gradient_norm_below, loss_change_below, step_below
from ..tasks import Task
from ..trajectory import run
from .cycle_lab import cycle_lab, epsilon_threshold, loss_floor
from .schedules import excess_of_schedules, schedule_lab, schedules
from .stopping_lab import stopping_lab

__all__ = ["cycle_lab", "schedule_lab", "schedules", "stopping_lab"]


def _excess_with_half_the_lr():
    path = run(linear_regression(), n_steps=1000, lr=0.05)
    return path.excess[-1], f"{path.excess[-1]:.5f}."


def _floor(lr):
    return loss_floor(linear_regression(), lr)


def _distance_after_a_kick():
    problem = linear_regression()
    path = run(problem, n_steps=2000, epsilon=0.042, start=problem.optimum + 1e-9)
    distance = np.abs(path.theta[-1] - problem.optimum).max()
    right = min(_KICKS, key=lambda size: abs(np.log(distance / size)))
    return _KICKS[right], f"{distance:.4f}."


_KICKS = {1e-12: "less than 1e-9", 1e-9: "about 1e-9", 0.01: "more than 0.001"}


def _rules_that_fire():
    rules = (loss_change_below(1e-4), gradient_norm_below(1e-9), step_below(1e-9))
    paths = [run(linear_regression(), n_steps=1000, stop=rule) for rule in rules]
    fired = tuple(path.stopped_by != "n_steps" for path in paths)
    first = paths[0]
    told = (
        f"the first fires at iteration {first.stopped_at}, where the loss is still "
        f"{first.excess[-1]:.4f} above its minimum; of the others "
        f"{'one fires' if any(fired[1:]) else 'none fires'}."
    )
    return _FIRED[fired], told


_FIRED = {
    (True, True, True): "all three",
    (True, False, False): "only the first",
    (False, True, True): "only the other two",
    (False, False, False): "none",
}


def _where_the_middle_is_better():
    path = run(linear_regression(), n_steps=150)
    middle = path.problem.excess((path.theta[1:] + path.theta[:-1]) / 2)
    last = path.excess[1:]
    told = "; ".join(
        f"after {k} iterations the middle is {middle[k - 1]:.1e} above the minimum, the last point "
        f"{last[k - 1]:.1e}"
        for k in (100, 150)
    )
    return _BETTER[middle[99] < last[99], middle[149] < last[149]], f"{told}."


_BETTER = {
    (True, True): "both times",
    (False, True): "only after 150",
    (True, False): "only after 100",
    (False, False): "neither time",
}


def _furthest_schedule():
    excess = excess_of_schedules(linear_regression(), 0.1, 300)
    last = {name: values[-1] for name, values in excess.items() if name in _CHOICES}
    right = max(last, key=last.get)
    return right, "; ".join(f"{name} {value:.2g}" for name, value in last.items()) + "."


_CHOICES = {
    "constant": "It hops at its floor from early on. But it has arrived there.",
    "halved every 100": "After 300 iterations lr has been halved twice. It was large while the way "
    "was long.",
    "lr/√t": "It shrinks at once, by the root of the iteration. So it is slow on the long way, and "
    "late everywhere.",
    "lr·0.99ᵗ": "After 300 iterations it is down to a twentieth. But in the beginning it hardly "
    "shrinks, and there it makes its way.",
}

QUESTIONS = {
    "half_lr": NumberQuestion(
        text="With lr = 0.1 the loss ends 0.0103 above its minimum. How far above it does the loss "
        "end with lr = 0.05? Type a number.",
        measure=_excess_with_half_the_lr,
        meanings=(
            (
                lambda: _floor(0.1) / 2,
                "That is half. The distance to the answer halves, but the loss is a bowl: it grows "
                "with the square of the distance.",
            ),
            (
                lambda: _floor(0.1),
                "That is the same again. Then the hops would not get shorter with lr.",
            ),
            (
                lambda: _floor(0.1) / 8,
                "That is an eighth. The loss of a bowl grows with the square of the distance, not "
                "with its third power.",
            ),
        ),
        explains="That is a quarter. Half the lr, half the distance, a quarter of the excess loss.",
    ),
    "kick": Question(
        text="A run with epsilon = 0.042, slightly below its threshold, comes within 1e-12 of the "
        "optimum and stays. Start a second run 1e-9 beside the optimum. How far is it after "
        "2000 iterations?",
        choices={
            "less than 1e-9": "Then the optimum would pull it in: the hopping would have ended.",
            "about 1e-9": "Then steps there would neither shorten nor lengthen an error. That is "
            "so at the threshold only.",
            "more than 0.001": "So the error has grown step by step. The optimum pushes away "
            "whatever is not exactly there, and in the first run rounding hid it.",
        },
        measure=_distance_after_a_kick,
    ),
    "middle": Question(
        text="With lr = 0.1 the loss is lowest after 127 iterations. Then the hops begin, at first "
        "of different lengths. Take the middle of the last two points instead of the last one. Is "
        "its loss lower after 100 iterations, and after 150?",
        choices={
            "both times": "Then the middle would be nearer on the way, too. There the older of the "
            "two points is the worse one, and the middle lags behind.",
            "only after 150": "After 100 iterations the parameters still go one way, and the "
            "middle lags behind. After 150 they hop to both sides, and the middle is between.",
            "only after 100": "Then the middle would be better on the way and worse while the "
            "parameters hop. It is the other way round.",
            "neither time": "Then the hops would have to be equally long first. It is enough that "
            "they go to both sides.",
        },
        measure=_where_the_middle_is_better,
    ),
    "rules": Question(
        text="Three rules to end a run of 1000 iterations at lr = 0.1 and beta = 0.9. First: the "
        "loss has changed by less than 1e-4. Second: the gradient is shorter than 1e-9. Third: "
        "the step is shorter than 1e-9. Which of them fire?",
        choices={
            "all three": "Then the run would come to rest, and every sensible rule would see it.",
            "only the first": "The loss hardly changes on the last part of the way, and again in "
            "the cycle, where it is the same at both points. Gradient and step never get so small.",
            "only the other two": "Then gradient and step would become tiny while the loss still "
            "changes. For a smooth bowl it is the other way round.",
            "none": "Then the loss would change by more than 1e-4 at every step. In the cycle it "
            "does not change at all.",
        },
        measure=_rules_that_fire,
    ),
    "schedules": Question(
        text="Four ways to choose the learning rate of iteration t = 1, 2, 3 …, with lr = 0.1. "
        "Which of them is the furthest above the minimum after 300 iterations?",
        choices=_CHOICES,
        measure=_furthest_schedule,
    ),
}


def _floor_of_02(factor):
    return lambda: factor * _floor(0.2)


def _threshold(lr, curvature=1):
    return (lr * linear_regression().curvatures()[curvature] / 2) ** 2


TASKS = {
    "floor": Task(
        right=_floor_of_02(1),
        explains="Twice the lr, four times the floor.",
        mistakes=(
            (
                lambda: round(_floor(0.2), 3),
                "That is right as far as it goes. Give one digit more.",
            ),
            (_floor_of_02(1 / 4), "That is the floor of lr 0.1. Put in lr = 0.2."),
            (
                _floor_of_02(1 / 2),
                "Twice the lr is not twice the floor: lr stands in a square. If you have squared "
                "it, there is one factor ½ too many.",
            ),
            (_floor_of_02(2), "The ½ in front is missing."),
            (_floor_of_02(4), "The points lie at lr/2 from the optimum, not at lr."),
            (_floor_of_02(8), "The ½ in front is missing, and lr stands where lr/2 belongs."),
            (
                lambda: 0.5 * 0.1**2 * np.trace(linear_regression().hessian),
                "The entries beside the diagonal are missing. Add up all four.",
            ),
            (
                lambda: 0.1**2 * linear_regression().curvatures()[-1],
                "That is close, but it takes the errors along the steepest direction. They lie "
                "along (1, 1).",
            ),
        ),
        tolerance=0.002,
    ),
    "threshold": Task(
        right=lambda: epsilon_threshold(linear_regression(), 0.2),
        explains="Twice the lr, four times the threshold. Where the steps are longer, the lower "
        "limit of the root has to be higher.",
        mistakes=(
            (lambda: _threshold(0.1), "That is the threshold of lr 0.1. Put in lr = 0.2."),
            (
                lambda: 2 * _threshold(0.1),
                "Twice the lr is not twice the threshold: look for the square.",
            ),
            (lambda: 4 * _threshold(0.2), "The 2 is missing. The limit of stability is 2, not 1."),
            (
                lambda: np.sqrt(_threshold(0.2)),
                "That is the root of epsilon. Square it.",
            ),
            (
                lambda: _threshold(0.2, 0),
                "That is the curvature of the flat direction. The steepest one becomes unstable "
                "first.",
            ),
            (lambda: 2 * _threshold(0.2), "The 2 belongs inside the square."),
        ),
    ),
}
