"""What notebook 08_find_the_limits asks and shows: small beta, votes and counterexamples."""

import numpy as np

from ..predictions import Question
from ..problems import linear_regression
from ..tasks import Task
from ..trajectory import run
from .sign_and_spike_labs import sign_lab, spike_lab, spikes
from .vote_labs import counterexample_lab, many_to_one_lab
from .votes import drift, many_to_one, one_to_many, walk

__all__ = [
    "counterexample_lab",
    "drift",
    "many_to_one",
    "many_to_one_lab",
    "one_to_many",
    "sign_lab",
    "spike_lab",
    "spikes",
    "walk",
]


def _nine_to_one():
    moved = drift(many_to_one(9), beta=0.9)
    right = "it stays" if abs(moved) < 0.01 else "it moves down" if moved < 0 else "it moves up"
    votes = drift(many_to_one(9), beta=0.0)
    told = f"in ten steps it moves by {moved:.2f} lr. Nine votes against one make {votes:g} lr."
    return right, told.replace("-", "−")


def _which_end():
    steps = np.arange(1, 3001)
    gradients = np.resize(one_to_many(4), 3000)
    end = walk(gradients, lr=0.5 / np.sqrt(steps), beta=0.05, ends=(-1, 1))[-3:].mean()
    right = min(_ENDS, key=lambda place: abs(place - end))
    return _ENDS[right], f"after 3000 iterations it is at {end:+.2f}.".replace("-", "−")


_ENDS = {-1: "at −1, the best point", 0: "near 0", 1: "at +1, the worst point"}


def _after_settling():
    excess = run(linear_regression(), n_steps=300, lr=0.5, beta=0.98, epsilon=0.03).excess
    highest = excess[120:].max()
    right = min(_RISES, key=lambda size: abs(np.log(highest / size)))
    return _RISES[right], f"between 120 and 300 it rises to {highest:.2g} above the minimum."


_RISES = {1e-12: "it stays there", 1e-4: "it rises to about 0.0001", 10.0: "it rises above 1"}

QUESTIONS = {
    "nine_to_one": Question(
        text="A parameter gets nine gradients of +0.1 and then one of −0.9, again and again. They "
        "sum to 0. What does RMSProp with beta = 0.9 do, when its memory is full?",
        choices={
            "it stays": "Then ten steps would sum to 0, as they do in gradient descent. But "
            "RMSProp divides each gradient by a root of its own.",
            "it moves down": "The nine push it down. The large gradient enters the average at once "
            "and shortens its own step most.",
            "it moves up": "Then the large gradient would weigh more than it does in the sum. It "
            "weighs less: it is divided by an average that has just grown with it.",
        },
        measure=_nine_to_one,
    ),
    "which_end": Question(
        text="Every third gradient is 4, the others are −1. Between −1 and +1 the best point is "
        "−1. RMSProp starts at 0 with lr = 0.5/√t and beta = 0.05. Where does it end?",
        choices={
            "at −1, the best point": "Then the sum of three gradients would decide, as in gradient "
            "descent: 4 − 1 − 1 is above 0.",
            "near 0": "Then the steps of three gradients would nearly cancel.",
            "at +1, the worst point": "Each gradient is divided by nearly its own size. Two votes "
            "of −1 beat one vote of 4.",
        },
        measure=_which_end,
    ),
    "after_settling": Question(
        text="On the article's data, with lr = 0.5, beta = 0.98 and epsilon = 0.03, the loss is "
        "within 1e-12 of its minimum after 120 iterations. What does it do until 300?",
        choices={
            "it stays there": "Then the steps would stay short enough. But as long as the "
            "gradients are small, the average shrinks and the effective learning rates grow.",
            "it rises to about 0.0001": "Then something would stop the growth early. Before the "
            "growth stops, the average must have taken in the large gradients.",
            "it rises above 1": "The effective learning rates grew until the steps were unstable. "
            "The average takes in the new large gradients slowly, and so the loss rises far.",
        },
        measure=_after_settling,
    ),
}

TASKS = {
    "vote_drift": Task(
        right=lambda: 0.1 * drift(many_to_one(19), beta=0.0),
        explains="19 steps of lr down and one of lr up: at beta = 0 the size of a gradient does "
        "not count.",
        mistakes=(
            (
                lambda: 0.0,
                "That is the sum of the gradients. At beta = 0 each is divided by its own size.",
            ),
            (lambda: drift(many_to_one(19), beta=0.0), "That is in units of lr. Here lr is 0.1."),
            (lambda: -1.9, "Those are the 19 steps down. The last one goes up."),
            (lambda: -2.0, "The last step goes the other way."),
            (
                lambda: drift(many_to_one(19), beta=0.9),
                "That is with beta = 0.9, in units of lr. Here beta is 0 and lr is 0.1.",
            ),
            (
                lambda: 0.1 * drift(many_to_one(19), beta=0.9),
                "That is the way with beta = 0.9. Here beta is 0.",
            ),
            (
                lambda: 0.1 * drift(many_to_one(9), beta=0.0),
                "That is nine against one. Here it is 19 against one.",
            ),
            (
                lambda: drift(many_to_one(9), beta=0.0),
                "That is nine against one, in units of lr. Here it is 19 against one, and lr is "
                "0.1.",
            ),
            (
                lambda: drift(many_to_one(9), beta=0.9),
                "That is nine against one with beta = 0.9, in units of lr. Here it is 19 against "
                "one, beta is 0 and lr is 0.1.",
            ),
        ),
    ),
    "ten_votes": Task(
        right=lambda: drift(one_to_many(10, small=9), beta=0.9),
        explains="It is above 0: towards +1, the worst point, although the gradients sum to +1 and "
        "beta is 0.9.",
        mistakes=(
            (
                lambda: drift(one_to_many(10), beta=0.9),
                "That is one large gradient in three. Here it is one in ten: small=9.",
            ),
            (
                lambda: drift(one_to_many(10, small=9), beta=0.0),
                "That is the count of votes, at beta = 0. Here beta is 0.9.",
            ),
            (
                lambda: -drift(one_to_many(10, small=9), beta=0.0),
                "That is the count of votes with the wrong sign. Here beta is 0.9.",
            ),
            (
                lambda: drift(one_to_many(10, small=10), beta=0.9),
                "That is one in eleven. One in ten leaves nine small ones.",
            ),
            (
                lambda: walk(one_to_many(10, small=9), beta=0.9)[-1],
                "That is the first cycle, from an empty memory. drift takes a full one.",
            ),
            (
                lambda: -1,
                "That is what gradient descent does with lr = 1. RMSProp divides each gradient.",
            ),
        ),
    ),
    "calm_lr": Task(
        right=lambda: 2 * np.sqrt(0.3) / _curvatures()[-1],
        explains="Up to there lr/√epsilon is at most 2/λmax(H), so no step is unstable.",
        mistakes=(
            (lambda: np.sqrt(0.3) / _curvatures()[-1], "The 2 is missing."),
            (lambda: 2 * 0.3 / _curvatures()[-1], "The root is missing: epsilon stands below it."),
            (
                lambda: 2 / _curvatures()[-1],
                "That is the limit of an effective learning rate. It is lr/√epsilon: solve for lr.",
            ),
            (
                lambda: 2 / _curvatures()[-1] / np.sqrt(0.3),
                "Multiply by √epsilon. Here it is divided.",
            ),
            (
                lambda: np.sqrt(0.3) * _curvatures()[-1] / 2,
                "The curvature stands above instead of below.",
            ),
            (
                lambda: (0.3 * _curvatures()[-1] / 2) ** 2,
                "That is the epsilon that calms lr = 0.3. Here epsilon is 0.3: find lr.",
            ),
            (
                lambda: 2 * np.sqrt(0.3) / _curvatures()[0],
                "That is with the smaller curvature. The larger one sets the limit.",
            ),
        ),
    ),
}


def _curvatures():
    """Return the curvatures of the article's data, the largest last."""
    return linear_regression().curvatures()
