"""The exercise of RMSProp's step: what is asked of a rule, and which mistakes have a name."""

import numpy as np

from .optimizers import rmsprop
from .safe_calls import Mistake, call_safely, kind
from .verdicts import Exercise, differ


def _mean_square(gradient, moving_average, beta):
    return beta * moving_average + (1 - beta) * gradient**2


def _right_step(theta, gradient, moving_average, lr, beta, epsilon):
    theta, average = rmsprop(theta, gradient, moving_average, lr=lr, beta=beta, epsilon=epsilon)
    return {"moving_average": average, "theta": theta}


def _average(function):
    """Return a wrong average of (gradient, old average, beta) as a function of all arguments."""
    return lambda theta, gradient, moving_average, lr, beta, epsilon: function(
        gradient, moving_average, beta
    )


def _step(function):
    """Return theta after a wrong step of (gradient, new average, lr, epsilon)."""

    def wrong(theta, gradient, moving_average, lr, beta, epsilon):
        new = _mean_square(gradient, moving_average, beta)
        return theta - function(gradient, new, lr, epsilon)

    return wrong


def _starts_with(first):
    return _average(lambda g, v, b: np.where(v == 0, first(g, b), _mean_square(g, v, b)))


def _starts_all_with(first):
    return _average(lambda g, v, b: _mean_square(g, v, b) if np.any(v) else first(g, b))


_FIRST_SQUARE = (
    "The average starts at the squared gradient. It starts at zero here, as it is given."
)
_FIRST_ONE = "The average starts at one. It starts at zero here, as it is given."
_BRACKETS = "Brackets are missing: only the root divides the step, and epsilon belongs to it."
_UPHILL = "The sign of the step is wrong: it goes uphill, along the gradient."
_LR_IN_ROOT = "lr stands inside the root. It multiplies the step outside."
_SQUARE = "The gradient is not squared. The average is one of squared gradients"
_AVERAGES = [
    (f"{_SQUARE}.", _average(lambda g, v, b: b * v + (1 - b) * g)),
    (f"{_SQUARE}, and 1 − beta is missing.", _average(lambda g, v, b: b * v + g)),
    (
        "The gradient is doubled, not squared. To square is to multiply a number by itself.",
        _average(lambda g, v, b: b * v + (1 - b) * g * 2),
    ),
    (
        "The absolute value stands where the square belongs.",
        _average(lambda g, v, b: b * v + (1 - b) * np.abs(g)),
    ),
    (
        "1 − beta is missing: the new square enters with its full weight.",
        _average(lambda g, v, b: b * v + g**2),
    ),
    (
        "beta is missing before the old average: it must fade.",
        _average(lambda g, v, b: v + (1 - b) * g**2),
    ),
    (
        "The squares are added up without fading. That is AdaGrad. Look at beta and 1 − beta.",
        _average(lambda g, v, b: v + g**2),
    ),
    (
        "beta and 1 − beta are swapped. beta belongs to the old average.",
        _average(lambda g, v, b: (1 - b) * v + b * g**2),
    ),
    (
        "The old average is forgotten. Only the newest square counts so far.",
        _average(lambda g, v, b: (1 - b) * g**2),
    ),
    (
        "The average is only the newest square. Look at how beta mixes old and new.",
        _average(lambda g, v, b: g**2),
    ),
    (
        "Brackets are missing around 1 − beta.",
        _average(lambda g, v, b: b * v + 1 - b * g**2),
    ),
    ("The average comes back as it was. Update it.", _average(lambda g, v, b: v)),
    ("The newest square is left out of the average.", _average(lambda g, v, b: b * v)),
    (
        "The whole average is squared. Only the gradient is squared.",
        _average(lambda g, v, b: (b * v + (1 - b) * g) ** 2),
    ),
    (
        "1 − beta is squared too. Only the gradient is squared.",
        _average(lambda g, v, b: b * v + ((1 - b) * g) ** 2),
    ),
    (
        "The old average is squared again. It already holds squares.",
        _average(lambda g, v, b: b * v**2 + (1 - b) * g**2),
    ),
    (
        "The new square is taken away. It must be added.",
        _average(lambda g, v, b: b * v - (1 - b) * g**2),
    ),
    (
        "The root of the average comes back. Keep the average itself, without the root.",
        _average(lambda g, v, b: np.sqrt(_mean_square(g, v, b))),
    ),
    (
        "epsilon is added to the average that is kept. It belongs to the step only.",
        lambda theta, gradient, moving_average, lr, beta, epsilon: (
            _mean_square(gradient, moving_average, beta) + epsilon
        ),
    ),
    (_FIRST_SQUARE, _starts_with(lambda g, b: g**2)),
    (_FIRST_SQUARE, _starts_all_with(lambda g, b: g**2)),
    (_FIRST_ONE, _starts_with(lambda g, b: b + (1 - b) * g**2)),
    (_FIRST_ONE, _starts_all_with(lambda g, b: b + (1 - b) * g**2)),
]
_STEPS = [
    (
        "epsilon stands outside the root. It must be added before the root is taken.",
        _step(lambda g, v, lr, e: lr * g / (np.sqrt(v) + e)),
    ),
    ("epsilon is missing.", _step(lambda g, v, lr, e: lr * g / np.sqrt(v))),
    ("epsilon stands twice.", _step(lambda g, v, lr, e: lr * g / (np.sqrt(v + e) + e))),
    ("epsilon is squared.", _step(lambda g, v, lr, e: lr * g / np.sqrt(v + e**2))),
    (
        "epsilon is used as a lower limit. It must always be added.",
        _step(lambda g, v, lr, e: lr * g / np.sqrt(np.maximum(v, e))),
    ),
    (
        "epsilon is subtracted. It must be added.",
        _step(lambda g, v, lr, e: lr * g / np.sqrt(v - e)),
    ),
    ("The root is missing.", _step(lambda g, v, lr, e: lr * g / (v + e))),
    (
        "The root is missing, and the step is halved. **1/2 does that: it takes the power 1, and "
        "divides by 2. Write **(1/2) or np.sqrt.",
        _step(lambda g, v, lr, e: lr * g / (v + e) / 2),
    ),
    (_UPHILL, _step(lambda g, v, lr, e: -lr * g / np.sqrt(v + e))),
    ("lr is missing in the step.", _step(lambda g, v, lr, e: g / np.sqrt(v + e))),
    (_LR_IN_ROOT, _step(lambda g, v, lr, e: g / np.sqrt(lr * (v + e)))),
    (_LR_IN_ROOT, _step(lambda g, v, lr, e: g * np.sqrt(lr / (v + e)))),
    (_LR_IN_ROOT, _step(lambda g, v, lr, e: g / np.sqrt(lr * v + e))),
    ("The step is divided by lr.", _step(lambda g, v, lr, e: g / (lr * np.sqrt(v + e)))),
    (
        "The step is multiplied by the root. It must be divided by it.",
        _step(lambda g, v, lr, e: lr * g * np.sqrt(v + e)),
    ),
    ("The gradient is missing in the step.", _step(lambda g, v, lr, e: lr / np.sqrt(v + e))),
    (
        "The gradient is squared in the step. Only the average holds squares.",
        _step(lambda g, v, lr, e: lr * g**2 / np.sqrt(v + e)),
    ),
    (
        "The root of the average is missing: this is gradient descent.",
        _step(lambda g, v, lr, e: lr * g),
    ),
    (_BRACKETS, _step(lambda g, v, lr, e: lr * g / np.sqrt(v) + e)),
    (_BRACKETS, _step(lambda g, v, lr, e: lr * g / np.sqrt(v) - e)),
    (_BRACKETS, _step(lambda g, v, lr, e: lr * g / v + e)),
    (_BRACKETS, _step(lambda g, v, lr, e: lr * g / v - e)),
    ("theta comes back as it was. Move it.", _step(lambda g, v, lr, e: 0 * g)),
    (
        "The average is used before its update. Update it first, then take the step.",
        lambda theta, gradient, moving_average, lr, beta, epsilon: (
            theta - lr * gradient / np.sqrt(moving_average + epsilon)
        ),
    ),
    (
        "The average is used before its update, and epsilon stands outside the root.",
        lambda theta, gradient, moving_average, lr, beta, epsilon: (
            theta - lr * gradient / (np.sqrt(moving_average) + epsilon)
        ),
    ),
    (
        "Only the step comes back as theta. Take it from the old theta.",
        lambda theta, gradient, moving_average, lr, beta, epsilon: (
            lr * gradient / np.sqrt(_mean_square(gradient, moving_average, beta) + epsilon)
        ),
    ),
    (
        "Only the step comes back as theta. Add it to the old theta.",
        lambda theta, gradient, moving_average, lr, beta, epsilon: (
            -lr * gradient / np.sqrt(_mean_square(gradient, moving_average, beta) + epsilon)
        ),
    ),
]


def _other_way(function):
    """Return the same step taken the other way."""
    return lambda theta, **others: 2 * theta - function(theta=theta, **others)


def _read_step(name, raw, case):
    """Return the two parts of what a rule returned, or say why they are not there."""
    if not isinstance(raw, (tuple, list)):
        raise Mistake(
            f"{name} returns {kind(raw)}. Two things must come back: theta, then "
            "moving_average, with a comma between them."
        )
    if len(raw) != 2:
        raise Mistake(
            f"{name} returns {len(raw)} things. Two must come back: theta, then moving_average."
        )
    for part, value in zip(("theta", "moving_average"), raw, strict=True):
        if isinstance(value, (list, tuple)):
            raise Mistake(
                f"{part} comes back as a {type(value).__name__}. It must be an array of the "
                "shape of theta, so that the next step can compute with it."
            )
    return {"moving_average": raw[1], "theta": raw[0]}


def _special_mistake(answers):
    """Return the message on what a rule does wrong with both parts, or None."""
    if all(
        not differ(found[part], case[part]) for case, found, _ in answers.found for part in found
    ):
        return "Nothing is filled in yet: theta and moving_average come back as they were."
    if all(
        not differ(found["theta"], right["moving_average"])
        and not differ(found["moving_average"], right["theta"])
        for _, found, right in answers.found
    ):
        return "theta and moving_average come back in the wrong order: theta comes first."
    if _mixes(answers):
        return (
            "The first parameter moves differently when only the second one has another gradient. "
            "Each parameter has its own average: look for mean, sum, max or norm."
        )
    if any(
        np.shape(found[part]) != np.shape(right[part])
        for _, found, right in answers.found
        for part in right
    ):
        return None
    if any(_is_momentum(answers, factor) for factor in ("lr", 1, -1)):
        return (
            "The step is the average itself: this is momentum. RMSProp moves along the gradient "
            "and divides by the root of the average."
        )
    return None


def _bias_correction(answers):
    """Return the message on a bias correction, or None."""
    if _corrects_bias(answers):
        return (
            "The average is divided by 1 − beta to the power of the step, as in Adam. RMSProp has "
            "no such bias correction."
        )
    return None


def _mixes(answers):
    """Tell whether the first number of an answer depends on another parameter."""
    case = next((case for case, *_ in answers.found if np.shape(case["theta"]) == (2,)), None)
    if case is None:
        return False
    other = case | {"gradient": case["gradient"] * [1, 3], "theta": case["theta"] + [0, 1]}
    try:
        before, after = answers.ask(case), answers.ask(other)
        again = answers.ask(case)
    except Mistake:
        return False
    if any(differ(before[part], again[part]) or not before[part].size for part in before):
        return False
    return any(differ(before[part].flat[0], after[part].flat[0]) for part in before)


def _is_momentum(answers, factor):
    """Tell whether each step is the average that came back, times lr or with lr inside it."""
    return all(
        not differ(
            found["theta"],
            case["theta"] - case.get(factor, factor) * found["moving_average"],
            case["theta"],
        )
        for case, found, _ in answers.found
    )


def _corrects_bias(answers):
    """Tell whether the first answers are those of an average that is divided by 1 - beta^t."""
    wrong = [
        (case, found)
        for case, found, right in answers.found
        if any(differ(found[part], right[part], answers.start(part, case)) for part in right)
    ]
    return bool(wrong) and all(_is_corrected(*each) for each in wrong[:3])


def _is_corrected(case, found):
    theta, gradient, lr, epsilon = (case[name] for name in ("theta", "gradient", "lr", "epsilon"))
    average = _mean_square(gradient, case["moving_average"], case["beta"])
    if any(np.shape(each) != np.shape(theta) for each in found.values()):
        return False
    for step in range(1, 1001):
        if case["beta"] ** step < 1e-7:  # the correction does not show any more
            break
        with np.errstate(all="ignore"):
            corrected = average / (1 - case["beta"] ** step)
            inside = theta - lr * gradient / np.sqrt(corrected + epsilon)
            outside = theta - lr * gradient / (np.sqrt(corrected) + epsilon)
        kept = not differ(found["moving_average"], average) or not differ(
            found["moving_average"], corrected
        )
        moved = [not differ(found["theta"], each, theta) for each in (inside, outside)]
        if kept and any(moved):
            return True
    return False


def _step_case(theta, gradient, moving_average, lr=0.1, beta=0.9, epsilon=1e-8):
    theta, gradient, moving_average = (
        np.array(each, dtype=float)[()] for each in (theta, gradient, moving_average)
    )
    return {
        "theta": theta,
        "gradient": gradient,
        "moving_average": moving_average,
        "lr": lr,
        "beta": beta,
        "epsilon": epsilon,
    }


def _steps_in_a_row(theta, curvature, n_steps, **hyperparameters):
    """Return the cases of a run down a bowl, each with the right state before it."""
    theta, moving_average, cases = np.array(theta, dtype=float), np.zeros(np.shape(theta)), []
    for _ in range(n_steps):
        cases.append(_step_case(theta, curvature * theta, moving_average, **hyperparameters))
        moving_average, theta = _right_step(**cases[-1]).values()
    return cases


def _step_cases():
    grid = np.array([[1, -2], [0.5, 3], [-1, 0.25], [2, 1.5], [-0.75, -1]])
    return [
        _step_case([1, 1], [2, -3], [8, 1], lr=0.1, beta=0.75, epsilon=0.01),
        *_steps_in_a_row([1, -2], np.array([2, 0.5]), 12),
        *_steps_in_a_row(grid, np.array([3, 0.1]), 6, lr=0.03, beta=0.99, epsilon=0.05),
        _step_case([1, 2, 3], [1e-4, -2e-4, 3e-5], [0, 1e-9, 0]),
        _step_case([1, 2], [1, 0], [0, 4], beta=0.5, epsilon=0.25),
        _step_case([1, 2], [3, -1], [4, 1], beta=0.0, epsilon=0.5),
        _step_case([1, 2], [3, -1], [4, 0], lr=0.7, beta=0.9999, epsilon=2.0),
        _step_case([[-1]], [[0.5]], [[0.3]], lr=1.5, epsilon=1e-3),
        _step_case(1, 2, 0, epsilon=0.01),
        _step_case(1, -3, 4, lr=0.2, beta=0.5, epsilon=0.5),
    ]


def check_use(rule):
    """Check what single questions do not show, and raise a Mistake.

    Epsilon 0 with no gradient so far: nothing moves, and 0 / 0 or an error there is accepted.
    A run on the rule's own answers: they must stay what they were.
    """
    case = _step_case([1, 2, 3], [0, 3, -1], [0, 4, 0], lr=0.2, epsilon=0.0)
    right = _right_step(**case)["theta"]
    try:
        theta = np.asarray(_answer(rule, case)[0], dtype=float)
    except Mistake:
        theta = right
    if differ(theta[1:], right[1:], case["theta"][1:]) or not (
        np.isnan(theta[0]) or theta[0] == right[0]
    ):
        raise Mistake(
            "With epsilon 0 the numbers are not right. Is there an epsilon of its own in the rule?"
        )
    case = _step_case([1, -2], [0, 0], [0, 0], lr=0.01)
    expected = dict(case)
    for step in range(1, 41):
        for each in (case, expected):
            each["gradient"] = each["theta"] * [2, 0.5]
        given = [case[name].copy() for name in ("theta", "moving_average")]
        theta, average = _answer(rule, case)
        kept = [case["theta"], case["moving_average"]]
        expected |= _right_step(**expected)
        if any(differ(*each) for each in zip(given, kept, strict=True)) or not np.allclose(
            theta, expected["theta"], rtol=1e-6
        ):
            raise Mistake(
                f"Single steps are right, but a run on its own answers goes wrong at step {step}. "
                "Make a new array at each step, and keep nothing between calls."
            )
        case |= {"theta": theta, "moving_average": average}


def _answer(rule, case):
    arrays = [case[name] for name in ("theta", "gradient", "moving_average")]
    return call_safely(rule, *arrays, **{name: case[name] for name in _NAMED})


_NAMED = ("lr", "beta", "epsilon")
_ALL = ("theta", "gradient", "moving_average", *_NAMED)
RMSPROP = Exercise(
    cases=_step_cases(),
    right=_right_step,
    wrong={
        "moving_average": _AVERAGES,
        "theta": _STEPS + [(_UPHILL, _other_way(function)) for _, function in _STEPS],
    },
    shown={"moving_average": ("gradient", "moving_average", "beta"), "theta": _ALL},
    changes={
        "lr": 0.3,
        "beta": 0.5,
        "epsilon": 1.0,
        "gradient": np.array([5.0, 7.0]),
        "moving_average": np.array([1.0, 2.0]),
        "theta": np.array([3.0, -4.0]),
    },
    read=_read_step,
    start=lambda part, case: case["theta"] if part == "theta" else 0.0,
    named=_NAMED,
    optional=lambda case: np.ndim(case["theta"]) == 0,
    special=_special_mistake,
    last=_bias_correction,
)
