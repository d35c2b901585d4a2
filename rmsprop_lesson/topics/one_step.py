"""What notebook 01_take_one_step asks and shows: one update of four coordinates."""

import numpy as np

from ..charts import Chart, Panel, Series
from ..dials import dial
from ..figures import INK
from ..optimizers import rmsprop
from ..predictions import NumberQuestion, Question
from ..tasks import Task

GRADIENTS = np.array([1.0, 6.0, 7.0, 2.0])
STAGES = ("gradient", "squared", "average", "root", "gradient / root", "step")
GRADIENTS.flags.writeable = False


def stages_of_update(gradient, moving_average=0.0, *, lr=0.1, beta=0.9, epsilon=1e-8):
    """Return the six numbers of one update, one row for each of STAGES.

        square the gradient, average, add epsilon and take the root, divide, multiply by lr

    Parameters
    ----------
    gradient : array (...), where epsilon is 0 without a zero
    moving_average : float or array that broadcasts to it, what the average was before

    Returns
    -------
    array (6, ...); the last row is how far theta moves, against the gradient
    """
    squared = gradient * gradient
    average = beta * moving_average + (1 - beta) * squared
    root = np.sqrt(average + epsilon)
    ratio = gradient / root
    return np.array([gradient, squared, average, root, ratio, lr * ratio])


def update_chart():
    """Return the chart of one update: from four gradients, stage by stage, to four steps."""
    names = tuple(f"{gradient:g}" for gradient in GRADIENTS)
    lines = tuple(Series(name, f"gradient {name}", told=False) for name in names)
    panels = (
        Panel(
            "stages",
            "One update, stage by stage",
            x="",
            xlim=(-0.3, 5.3),
            ylim=(1e-3, 1e2),
            lines=lines,
            log=True,
            xticks=("gradient", "squared", "average", "root", "gradient\n/ root", "step"),
        ),
        _bars("gradients", "Gradients", 8, names),
        _bars("descent", "Steps of gradient descent", 1.05, names),
        _bars("steps", "Steps of RMSProp", 1.05, names),
    )
    dials = (
        dial("lr", (0.01, 0.02, 0.05, 0.1, 0.2)),
        dial("beta", (0.0, 0.5, 0.75, 0.9, 0.95, 0.99)),
        dial("epsilon", (1e-8, 1e-6, 1e-4, 0.01, 0.1, 1.0, 10.0)),
    )
    return Chart(
        _numbers_of_update,
        dials,
        panels,
        title="One update",
        n_steps=len(STAGES) - 1,
        rows=STAGES,
        word="stage",
    )


def _bars(name, title, top, ticks):
    line = Series(name, title[0].lower() + title[1:], colour=INK)
    return Panel(
        name,
        title,
        x="parameter with gradient",
        xlim=(-0.5, 3.5),
        ylim=(0, top),
        lines=(line,),
        over="bars",
        xticks=ticks,
    )


@np.errstate(all="ignore")  # whatever is typed
def _numbers_of_update(lr, beta, epsilon):
    stages = stages_of_update(GRADIENTS, lr=lr, beta=beta, epsilon=epsilon)
    told = [
        f"{name} {', '.join(f'{number:.4g}' for number in numbers)}"
        for name, numbers in zip(STAGES, stages, strict=True)
    ]
    lines = {f"{gradient:g}": line for gradient, line in zip(GRADIENTS, stages.T, strict=True)}
    bars = {"gradients": stages[0], "descent": lr * GRADIENTS, "steps": stages[-1]}
    return lines | bars | {"says": f"{'; '.join(told)}.".capitalize()}


def _first_steps():
    """Return how far the lesson's rule moves the four coordinates in the first update."""
    start = np.zeros(GRADIENTS.shape)
    return np.abs(rmsprop(start, GRADIENTS, start)[0])


def _furthest():
    steps = _first_steps()
    apart = np.ptp(steps)
    right = f"the one with gradient {GRADIENTS[steps.argmax()]:g}"
    if apart < 1e-6:
        right = "all four equally far"
    return right, f"the longest and the shortest step differ by {apart:.1e}."


def _how_far():
    step = _first_steps()[GRADIENTS == 7][0]
    return step, f"{step:.6f}."


def _second_step(gradients=(2.0, 6.0), lr=0.1, beta=0.9, epsilon=1e-8):
    first, second = gradients
    average = stages_of_update(first, lr=lr, beta=beta, epsilon=epsilon)[2]
    return stages_of_update(second, average, lr=lr, beta=beta, epsilon=epsilon)[5]


QUESTIONS = {
    "furthest": Question(
        text="Four parameters have the gradients 1, 6, 7 and 2. Which one moves furthest in the "
        "first update?",
        choices={
            "the one with gradient 7": "Then the step would grow with the gradient, as it does in "
            "gradient descent.",
            "the one with gradient 1": "Then dividing by the root would do more than cancel the "
            "size of the gradient.",
            "all four equally far": "The root is as large as the gradient, but for a factor that "
            "all four share. So the size of the gradient cancels.",
        },
        measure=_furthest,
    ),
    "how_far": NumberQuestion(
        text="lr is 0.1, beta is 0.9. How far does the parameter with gradient 7 move in the "
        "first update?",
        measure=_how_far,
        meanings=(
            (lambda: 0.1 * 7, "That is gradient descent: lr times the gradient."),
            (
                lambda: 0.1,
                "That is lr. Then the average would be the whole square of the gradient. It "
                "starts at zero, and holds only a part of it.",
            ),
            (
                lambda: 0.1 * 7 / 4.9,
                "Then the gradient would be divided by the average itself, without the root.",
            ),
            (
                lambda: 0.1 / (1 - 0.9),
                "The average is 1 − beta times the square, and its root has still to be taken.",
            ),
            (
                lambda: 0.1 * np.sqrt(1 - 0.9),
                "Then the root would make the step shorter. But it stands below the line, and a "
                "small root makes the step longer.",
            ),
        ),
        explains="That is more than three times lr, and less than half of what gradient descent "
        "would do.",
    ),
}
TASKS = {
    "second_step": Task(
        right=_second_step,
        explains="The average is 0.9 · 0.4 + 0.1 · 36 = 3.96, and the step 0.1 · 6 / √3.96.",
        mistakes=(
            (
                lambda: 0.1 * 6 / np.sqrt(0.4),
                "The average is used before its update. The second square has to enter it first.",
            ),
            (
                lambda: 0.1 / np.sqrt(1 - 0.9),
                "That is the first step. In the second one the average already holds something.",
            ),
            (
                lambda: 0.1 * 6 / np.sqrt(0.4 + 3.6),
                "If this is rounded, give three digits. If not, the old average is kept whole: it "
                "has to be multiplied by beta.",
            ),
            (
                lambda: 0.1 * 6 / np.sqrt(0.9 * 4 + 36),
                "1 − beta is missing: both squares enter with their full weight.",
            ),
            (
                lambda: 0.1 * 6 / np.sqrt(0.9 * 0.4 + 36),
                "1 − beta is missing: the second square enters with its full weight.",
            ),
            (
                lambda: 0.1 * 6 / np.sqrt(0.9 * 4 + 3.6),
                "1 − beta is missing in the first update: the average after it is 0.4, not 4.",
            ),
            (lambda: 0.1 * 6, "That is gradient descent: lr times the gradient."),
            (lambda: 0.1 * 6 / 3.96, "The root is missing."),
            (lambda: 6 / np.sqrt(3.96), "lr is missing."),
            (
                lambda: 0.1 * 2 / np.sqrt(3.96),
                "The first gradient is divided. The second step moves by the second gradient.",
            ),
            (
                lambda: 0.1 * 6 / np.sqrt(0.1 * 0.4 + 0.9 * 36),
                "beta and 1 − beta are swapped.",
            ),
            (
                lambda: 0.1 * 6 / np.sqrt(0.9 * 0.2 + 0.1 * 6),
                "The gradients are not squared before they are averaged.",
            ),
            (
                lambda: 0.1 / np.sqrt(1 - 0.9) + _second_step(),
                "That is how far both steps go together. Only the second one is asked for.",
            ),
            (lambda: 3.96, "That is the average. Take its root, and divide."),
            (lambda: np.sqrt(3.96), "That is the root. Divide lr times the gradient by it."),
        ),
        tolerance=0.004,
    ),
    "double_first_step": Task(
        right=lambda: 1 - 1 / 2**2,
        explains="Then 1 − beta is one quarter, its root one half, and lr is divided by one half.",
        mistakes=(
            (lambda: 0.5, "With this beta, 1 − beta is one half. But the root of it divides lr."),
            (lambda: 0.25, "That is 1 − beta."),
            (lambda: 1 - 1 / np.sqrt(2), "Take the square of one half, not its root."),
            (lambda: 1 / np.sqrt(2), "Take the square of one half, not its root."),
            (lambda: 4, "beta is below 1. Ask what 1 − beta is."),
        ),
    ),
}
