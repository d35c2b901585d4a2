"""What notebook 07_read_other_libraries asks and shows: one name, three formulas."""

import numpy as np

from ..charts import Chart, Panel, Series
from ..conversion import convert
from ..dials import dial
from ..figures import COLOURS, DASHES
from ..predictions import Question
from ..tasks import Task

DECADES = range(-6, 3)
SIZES = 10.0 ** np.linspace(DECADES[0], DECADES[-1], 81)


def step_inside(gradient, moving_average, *, lr, epsilon):
    """Return the length of a step, lr gradient / sqrt(moving_average + epsilon)."""
    return lr * gradient / np.sqrt(moving_average + epsilon)


def step_outside(gradient, moving_average, *, lr, epsilon):
    """Return the length of a step, lr gradient / (sqrt(moving_average) + epsilon)."""
    return lr * gradient / (np.sqrt(moving_average) + epsilon)


@np.errstate(all="ignore")  # whatever is typed
def steps_by_size(lr, beta, epsilon):
    """Return the steps of gradients of all SIZES: a dict of name to an array (81,).

    "first ..." are first steps, from an average of zero, or of one. "later ..." are steps after
    many equal gradients, when the average is their square. "ratio ..." are those of epsilon
    outside, divided by the one inside. "root" has the root of epsilon outside. "says" has the
    calls.
    """
    numbers = {}
    for when, average in (("first", (1 - beta) * SIZES**2), ("later", SIZES**2)):
        numbers[f"{when} inside"] = step_inside(SIZES, average, lr=lr, epsilon=epsilon)
        numbers[f"{when} outside"] = step_outside(SIZES, average, lr=lr, epsilon=epsilon)
        numbers[f"{when} root"] = step_outside(SIZES, average, lr=lr, epsilon=np.sqrt(epsilon))
    from_one = beta + (1 - beta) * SIZES**2
    numbers["first from one"] = step_inside(SIZES, from_one, lr=lr, epsilon=epsilon)
    for place in ("outside", "root"):
        numbers[f"ratio {place}"] = numbers[f"later {place}"] / numbers["later inside"]
    calls = [convert("lesson", name, lr=lr, beta=beta, epsilon=epsilon) for name in _LIBRARIES]
    return numbers | {"says": f"The calls: {'; '.join(each.code for each in calls)}"}


_LIBRARIES = ("PyTorch", "Keras", "Optax")


def epsilon_lab():
    """Return the chart of the length of a step against the size of the gradient."""
    places = (
        ("inside", "inside (here, Keras, Optax)"),
        ("outside", "outside (PyTorch)"),
        ("root", "root of epsilon outside"),
    )
    style = {
        place: {"colour": COLOURS[number], "dashes": DASHES[number]}
        for number, (place, _) in enumerate((*places, ("from one", "")))
    }
    first = [Series(f"first {place}", label, told=False, **style[place]) for place, label in places]
    later = [Series(f"later {place}", label, **style[place]) for place, label in places]
    ratio = [
        Series(f"ratio {place}", label, told=False, **style[place]) for place, label in places[1:]
    ]
    from_one = Series("first from one", "inside, average from 1", told=False, **style["from one"])
    window = {"x": "size of the gradients", "xlim": (0, 80), "log": True, "still": _mark_decades}
    return Chart(
        steps_by_size,
        dials=(
            dial("epsilon"),
            dial("lr", (0.001, 0.01, 0.1, 1.0)),
            dial("beta", (0.0, 0.5, 0.9, 0.99, 0.999)),
        ),
        panels=(
            Panel("first", "First step", ylim=(1e-9, 1e2), lines=(*first, from_one), **window),
            Panel(
                "later",
                "After many equal gradients",
                ylim=(1e-9, 1e2),
                lines=tuple(later),
                **window,
            ),
            Panel(
                "ratio",
                "The same, compared",
                ylim=(0.3, 1e3),
                lines=tuple(ratio),
                marks=(1.0,),
                key="1: as inside",
                **window,
            ),
        ),
        title="Length of a step",
        n_steps=80,
        rows=tuple(f"gradients {size:.2g}" for size in SIZES),
        word="position",
        start=20,
    )


def _mark_decades(ax):
    """Write sizes below the rows of an axis."""
    ticks = range(0, 81, 10)
    ax.set_xticks(ticks, [f"1e{decade}" for decade in DECADES])


def _ratio_far_below_epsilon():
    setting = {"lr": 0.01, "epsilon": 1e-8}
    ratio = step_outside(1e-6, 1e-12, **setting) / step_inside(1e-6, 1e-12, **setting)
    right = min(_RATIOS, key=lambda size: abs(np.log(ratio / size)))
    return _RATIOS[right], f"{ratio:.0f} times as long."


_RATIOS = {1: "about the same", 2: "about twice as long", 100: "about 100 times as long"}

QUESTIONS = {
    "epsilon_place": Question(
        text="Optax and PyTorch run with lr = 0.01 and epsilon = 1e-8. Every gradient so far was "
        "1e-6, for a long time. How long are PyTorch's steps, compared with Optax's?",
        choices={
            "about the same": "Then it would not matter where epsilon stands. That holds as long "
            "as the gradients are far above the root of epsilon, 1e-4.",
            "about twice as long": "Then one divisor would be about half as large as the other.",
            "about 100 times as long": "Inside, the divisor is never below √1e-8 = 1e-4, a hundred "
            "times the gradients. Outside, epsilon adds 1e-8, a hundredth of them, to the root.",
        },
        measure=_ratio_far_below_epsilon,
    ),
}

TASKS = {
    "keras_epsilon": Task(
        right=lambda: 1e-8**2,
        explains="Inside the root it must be the square, so that its root is 1e-8 again.",
        mistakes=(
            (lambda: 1e-8, "The same number is another lower limit: Keras takes its root."),
            (
                lambda: np.sqrt(1e-8),
                "That is the root: the way from inside to outside. Here epsilon goes inside.",
            ),
            (lambda: 2e-8, "That is the double. The square is needed."),
            (lambda: 1e-7, "That is the default of Keras, not what PyTorch's epsilon becomes."),
            (lambda: -16, "That is the exponent alone. Write the number."),
        ),
    ),
    "first_step_from_one": Task(
        right=lambda: 0.1 * 2 / np.sqrt(0.9 * 1 + 0.1 * 2**2),
        explains="The average is 0.9 · 1 + 0.1 · 2² = 1.3 in the first step, and not 0.4.",
        mistakes=(
            (
                lambda: 0.1 * 2 / np.sqrt(0.1 * 2**2),
                "That is the step from an average of 0. Keep 0.9 of the start value 1.",
            ),
            (
                lambda: 0.1 * 2,
                "The average is updated before it is used: it is no longer 1.",
            ),
            (lambda: 0.1, "That is lr. It would be the step if the average were the square."),
            (
                lambda: 0.1 * 2 / (0.9 * 1 + 0.1 * 2**2),
                "The root is missing.",
            ),
            (
                lambda: 0.1 * 2 / np.sqrt(0.9 * 1 + 0.1 * 2),
                "The gradient is not squared in the average.",
            ),
            (
                lambda: 0.1 * 2 / np.sqrt(0.1 * 1 + 0.9 * 2**2),
                "beta and 1 − beta are swapped.",
            ),
            (
                lambda: 0.1 * 2 / np.sqrt(1 + 0.1 * 2**2),
                "The start value is not multiplied by beta.",
            ),
            (
                lambda: 0.1 / np.sqrt(0.9 * 1 + 0.1 * 2**2),
                "That is the effective learning rate. Multiply it by the gradient.",
            ),
        ),
    ),
}
