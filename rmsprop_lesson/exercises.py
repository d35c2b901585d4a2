"""The exercises of the lesson: check_*() tells a student by name what is wrong.

    verdict = check_rmsprop(my_rmsprop)

A verdict is true only for a right answer. ``verdict.message`` names the mistake: each check
compares with the right numbers, and with a table of the mistakes that are known.
"""

import numpy as np

from .step_mistakes import RMSPROP, check_use
from .verdicts import Exercise, verdict_on


def check_rmsprop(rule):
    """Return the verdict on a student's rule of RMSProp.

        moving_average <- beta moving_average + (1 - beta) gradient^2
        theta          <- theta - lr gradient / sqrt(moving_average + epsilon)

    The average starts at zero and is updated before it is used. Epsilon stands inside the root.
    Where epsilon and the average are zero nothing moves; 0 / 0 is accepted there as well.

    Parameters
    ----------
    rule : function, called as ``rule(theta, gradient, moving_average, lr=, beta=, epsilon=)`` with
        arrays of many shapes; it returns the new theta and the new average

    Returns
    -------
    Verdict : true for a right rule, with a message
    """
    return verdict_on(rule, RMSPROP, further=check_use)


def check_first_step(function):
    """Return the verdict on the length of the first step, lr / sqrt(1 - beta).

    Parameters
    ----------
    function : function of lr and beta that returns a number
    """
    return verdict_on(function, _FIRST_STEP)


def check_half_life(function):
    """Return the verdict on the half-life of a memory in steps, ln(1/2) / ln(beta).

    Parameters
    ----------
    function : function of beta that returns a number
    """
    return verdict_on(function, _HALF_LIFE)


def check_memory_weights(function):
    """Return the verdict on the weights of the last n gradients, (1 - beta) beta^k, newest first.

    Parameters
    ----------
    function : function of beta and n that returns n numbers, as an array or a list
    """
    return verdict_on(function, _MEMORY_WEIGHTS)


def check_effective_lr(function):
    """Return the verdict on the effective learning rate, lr / sqrt(moving_average + epsilon).

    Parameters
    ----------
    function : function of lr, moving_average and epsilon; the average is a number or an array,
        and so is what it returns
    """
    return verdict_on(function, _EFFECTIVE_LR)


def check_epsilon_cap(function):
    """Return the verdict on the largest effective learning rate possible, lr / sqrt(epsilon).

    Parameters
    ----------
    function : function of lr and epsilon that returns a number
    """
    return verdict_on(function, _EPSILON_CAP)


def check_convert_epsilon(function):
    """Return the verdict on epsilon outside the root that acts as one inside, sqrt(epsilon).

    They act alike where the average is near zero.

    Parameters
    ----------
    function : function of epsilon (inside the root) that returns a number (outside)
    """
    return verdict_on(function, _CONVERT_EPSILON)


def check_settled(function):
    """Return the verdict on the answer that two last thetas of a cycle give: their mean.

    Parameters
    ----------
    function : function of two arrays, the last theta but one and the last, that returns an array
    """
    return verdict_on(function, _SETTLED)


def _exercise(right, cases, wrong, changes, **others):
    """Return an exercise with one answer; all arguments of an example are shown."""
    return Exercise(
        cases=cases,
        right=lambda **case: {_ANSWER: np.asarray(right(**case), dtype=float)},
        wrong={_ANSWER: wrong},
        shown={_ANSWER: tuple(cases[0])},
        changes=changes,
        **others,
    )


def _sums_to_more_than_one(answers):
    for case, found, _ in answers.found:
        weights = found[_ANSWER]
        if weights.shape == (case["n"],) and weights.sum() > 1.001:
            return (
                f"The weights sum to {weights.sum():.4g} with beta {case['beta']} and n "
                f"{case['n']}. Those of an average never sum to more than 1. Is 1 − beta there, "
                "and beta to the power of the age?"
            )
    return None


_ANSWER = "the answer"
_BRACKETS = "Brackets are missing around 1 − beta."
_HALVED = (
    "The root is missing, and the result is halved. **1/2 does that: it takes the power 1, and "
    "divides by 2. Write **(1/2) or np.sqrt."
)
_ONE_FOR_ALL = (
    "The parameters are mixed. Each has its own rate: use the average itself, without a mean."
)
_RATES = [{"lr": 0.1, "beta": 0.75}, {"lr": 0.3, "beta": 0.9}, {"lr": 2.0, "beta": 0.0}]
_FIRST_STEP = _exercise(
    lambda lr, beta: lr / np.sqrt(1 - beta),
    [*_RATES, {"lr": 0.01, "beta": 0.999}],
    [
        (
            "lr alone is not it. At the first step the average holds only a part of the square.",
            lambda lr, beta: lr,
        ),
        ("The root is missing.", lambda lr, beta: lr / (1 - beta)),
        (_HALVED, lambda lr, beta: lr / (1 - beta) / 2),
        (
            "It is multiplied by the root. It must be divided by it.",
            lambda lr, beta: lr * np.sqrt(1 - beta),
        ),
        (
            "It is multiplied by 1 − beta. It must be divided by a root.",
            lambda lr, beta: lr * (1 - beta),
        ),
        (
            "beta stands where 1 − beta belongs. Look at what the first square is multiplied by.",
            lambda lr, beta: lr / np.sqrt(beta),
        ),
        (
            "beta and lr are divided without the root, and beta stands where 1 − beta belongs.",
            lambda lr, beta: lr / beta,
        ),
        ("lr is missing.", lambda lr, beta: 1 / np.sqrt(1 - beta)),
        ("lr stands inside the root.", lambda lr, beta: np.sqrt(lr / (1 - beta))),
        ("A length is not negative.", lambda lr, beta: -lr / np.sqrt(1 - beta)),
    ],
    {"lr": 0.2, "beta": 0.5},
    unknown=dict.fromkeys(
        ("g", "gradient"),
        "The size of the gradient cancels. Write the answer with lr and beta alone.",
    ),
)
_HALF_LIFE = _exercise(
    lambda beta: np.log(0.5) / np.log(beta),
    [{"beta": beta} for beta in (0.9, 0.25, 0.5, 0.99, 0.999)],
    [
        (
            "1 / beta is not it. After n steps a weight is beta to the power n.",
            lambda beta: 1 / beta,
        ),
        (
            "1 / (1 − beta) is the window, not the half-life. Ask when beta to the power n is one "
            "half.",
            lambda beta: 1 / (1 - beta),
        ),
        (
            "beta / 2 is not it. The half-life is a number of steps: ask when beta to the power n "
            "is one half.",
            lambda beta: beta / 2,
        ),
        ("The fraction is upside down.", lambda beta: np.log(beta) / np.log(0.5)),
        ("The sign is wrong: steps are counted forward.", lambda beta: np.log(2) / np.log(beta)),
        (
            "1 − beta stands where beta belongs. The weight shrinks by beta at each step.",
            lambda beta: np.log(0.5) / np.log(1 - beta),
        ),
        (
            "The half is missing: this is the time to fall to 1 / e.",
            lambda beta: -1 / np.log(beta),
        ),
        (
            "This is half of the window 1 / (1 − beta). Ask when beta to the power n is one half.",
            lambda beta: 0.5 / (1 - beta),
        ),
        (
            "It is rounded to whole steps. Leave the number as it is.",
            lambda beta: np.round(np.log(0.5) / np.log(beta)),
        ),
        (
            "It is rounded up to whole steps. Leave the number as it is.",
            lambda beta: np.ceil(np.round(np.log(0.5) / np.log(beta), 9)),
        ),
        (
            "It is rounded down to whole steps. Leave the number as it is.",
            lambda beta: np.floor(np.round(np.log(0.5) / np.log(beta), 9)),
        ),
    ],
    {"beta": 0.8},
)
_MEMORY_WEIGHTS = _exercise(
    lambda beta, n: (1 - beta) * beta ** np.arange(n),
    [{"beta": 0.9, "n": 3}, {"beta": 0.5, "n": 6}, {"beta": 0.99, "n": 1}, {"beta": 0.0, "n": 2}],
    [
        (
            "The oldest gradient comes first. The newest must come first: it weighs most.",
            lambda beta, n: (1 - beta) * beta ** np.arange(n)[::-1],
        ),
        (
            "The weights are not multiplied by 1 − beta, so they sum to more than 1.",
            lambda beta, n: beta ** np.arange(n),
        ),
        (
            "The weights are divided by their sum. The rest up to 1 lies on older gradients: leave "
            "it there.",
            lambda beta, n: beta ** np.arange(n) / (beta ** np.arange(n)).sum(),
        ),
        (
            "The powers begin at one. The newest gradient has not faded yet: begin at zero.",
            lambda beta, n: (1 - beta) * beta ** (np.arange(n) + 1),
        ),
        (
            "The powers begin at one, and 1 − beta is missing.",
            lambda beta, n: beta ** (np.arange(n) + 1),
        ),
        (
            "beta and 1 − beta are swapped.",
            lambda beta, n: beta * (1 - beta) ** np.arange(n),
        ),
        (_BRACKETS, lambda beta, n: 1 - beta * beta ** np.arange(n)),
        (
            "beta is multiplied by the age. A power is needed: beta to the power of the age.",
            lambda beta, n: (1 - beta) * beta * np.arange(n),
        ),
        (
            "The age is raised to beta. It is the other way round: beta to the power of the age.",
            lambda beta, n: (1 - beta) * np.arange(n) ** beta,
        ),
        (
            "Every gradient has the same weight. Older ones must fade.",
            lambda beta, n: (1 - beta) * np.ones(n),
        ),
        (
            "Every gradient has the same weight. Older ones must fade.",
            lambda beta, n: np.ones(n) / n,
        ),
    ],
    {"beta": 0.8},
    clue=_sums_to_more_than_one,
)
_EFFECTIVE_LR = _exercise(
    lambda lr, moving_average, epsilon: lr / np.sqrt(moving_average + epsilon),
    [
        {"lr": 0.1, "moving_average": 4.0, "epsilon": 0.01},
        {"lr": 0.5, "moving_average": 0.0, "epsilon": 1e-8},
        {"lr": 0.3, "moving_average": np.array([4.0, 0.09]), "epsilon": 0.16},
    ],
    [
        (
            "epsilon stands outside the root. It must be added before the root is taken.",
            lambda lr, moving_average, epsilon: lr / (np.sqrt(moving_average) + epsilon),
        ),
        ("epsilon is missing.", lambda lr, moving_average, epsilon: lr / np.sqrt(moving_average)),
        (
            "The root is missing.",
            lambda lr, moving_average, epsilon: lr / (moving_average + epsilon),
        ),
        (_HALVED, lambda lr, moving_average, epsilon: lr / (moving_average + epsilon) / 2),
        (
            "lr alone is not it. Each parameter has its own rate: use its average.",
            lambda lr, moving_average, epsilon: lr,
        ),
        (
            _ONE_FOR_ALL,
            lambda lr, moving_average, epsilon: lr / np.sqrt(np.mean(moving_average) + epsilon),
        ),
        (
            _ONE_FOR_ALL,
            lambda lr, moving_average, epsilon: np.mean(lr / np.sqrt(moving_average + epsilon)),
        ),
        (
            "lr is missing.",
            lambda lr, moving_average, epsilon: 1 / np.sqrt(moving_average + epsilon),
        ),
        (
            "It is multiplied by the root. It must be divided by it.",
            lambda lr, moving_average, epsilon: lr * np.sqrt(moving_average + epsilon),
        ),
        (
            "lr stands inside the root.",
            lambda lr, moving_average, epsilon: np.sqrt(lr / (moving_average + epsilon)),
        ),
        (
            "Brackets are missing: epsilon belongs under the root.",
            lambda lr, moving_average, epsilon: lr / np.sqrt(moving_average) + epsilon,
        ),
        (
            "The fraction is upside down.",
            lambda lr, moving_average, epsilon: np.sqrt(moving_average + epsilon) / lr,
        ),
    ],
    {"lr": 0.2, "moving_average": 1.0, "epsilon": 1.0},
    unknown=dict.fromkeys(
        ("g", "gradient"),
        "The effective learning rate multiplies the gradient. The gradient is no part of it.",
    ),
)
_EPSILON_CAP = _exercise(
    lambda lr, epsilon: lr / np.sqrt(epsilon),
    [{"lr": 0.1, "epsilon": 0.25}, {"lr": 0.3, "epsilon": 1e-8}, {"lr": 2.0, "epsilon": 9.0}],
    [
        ("The root is missing.", lambda lr, epsilon: lr / epsilon),
        (_HALVED, lambda lr, epsilon: lr / epsilon / 2),
        (
            "It is multiplied by the root. It must be divided by it.",
            lambda lr, epsilon: lr * np.sqrt(epsilon),
        ),
        (
            "It is multiplied by epsilon. It must be divided by a root.",
            lambda lr, epsilon: lr * epsilon,
        ),
        ("lr stands inside the root.", lambda lr, epsilon: np.sqrt(lr / epsilon)),
        ("lr is missing.", lambda lr, epsilon: 1 / np.sqrt(epsilon)),
        ("lr and the root are missing.", lambda lr, epsilon: 1 / epsilon),
        ("The fraction is upside down.", lambda lr, epsilon: np.sqrt(epsilon) / lr),
        (
            "lr alone is not it. Ask what the root is when the average is zero.",
            lambda lr, epsilon: lr,
        ),
        (
            "epsilon is squared. Its root is needed.",
            lambda lr, epsilon: lr / epsilon**2,
        ),
    ],
    {"lr": 0.2, "epsilon": 1.0},
)
_CONVERT_EPSILON = _exercise(
    lambda epsilon: np.sqrt(epsilon),
    [{"epsilon": epsilon} for epsilon in (0.25, 1e-8, 4.0)],
    [
        (
            "The same epsilon does not act the same. Only inside is the root taken of it.",
            lambda epsilon: epsilon,
        ),
        ("It is squared. That is the way from outside to inside.", lambda epsilon: epsilon**2),
        (_HALVED, lambda epsilon: epsilon / 2),
        ("The fraction is upside down.", lambda epsilon: 1 / np.sqrt(epsilon)),
        ("The sign is wrong: epsilon is positive.", lambda epsilon: -np.sqrt(epsilon)),
    ],
    {"epsilon": 0.5},
)
_SETTLED = _exercise(
    lambda before, last: (before + last) / 2,
    [
        {"before": np.array(before), "last": np.array(last)}
        for before, last in (([4.0, 3.0], [6.0, 2.0]), ([-1.0, 0.5, 7.0], [1.5, 0.25, -8.0]))
    ],
    [
        (
            "It takes the last theta. That is one end of the hop, not its middle.",
            lambda before, last: last,
        ),
        (
            "It takes the last theta but one. That is one end of the hop, not its middle.",
            lambda before, last: before,
        ),
        ("The sum is not divided by 2.", lambda before, last: before + last),
        (
            "It takes half of the difference. Look for the point in the middle.",
            lambda before, last: (last - before) / 2,
        ),
        (
            "It takes half of the difference. Look for the point in the middle.",
            lambda before, last: (before - last) / 2,
        ),
        (
            "It takes the difference. Look for the point in the middle.",
            lambda before, last: last - before,
        ),
        (
            "It takes the difference. Look for the point in the middle.",
            lambda before, last: before - last,
        ),
        (
            "Brackets are missing: only one of the two is halved.",
            lambda before, last: before + last / 2,
        ),
        (
            "Brackets are missing: only one of the two is halved.",
            lambda before, last: last + before / 2,
        ),
        (
            "All numbers are mixed into one. Each parameter has a middle of its own.",
            lambda before, last: np.mean([before, last]),
        ),
        (
            "The parameters are mixed. Take the mean over the two thetas, not within each.",
            lambda before, last: np.mean([before, last], axis=1),
        ),
        (
            "It takes the larger of the two. Look for the point in the middle.",
            lambda before, last: np.maximum(before, last),
        ),
        (
            "It multiplies the two. Look for the point in the middle.",
            lambda before, last: np.sqrt(before * last),
        ),
    ],
    {},
)
