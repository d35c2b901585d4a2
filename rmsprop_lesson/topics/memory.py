"""What notebook 02_remember_gradients asks and shows: beta as a memory."""

import numpy as np

from ..arguments import finite_numbers, whole_number
from ..charts import Chart, Panel, Series
from ..dials import POSITIONS, dial
from ..optimizers import rmsprop
from ..predictions import NumberQuestion
from ..tasks import Task

N_STEPS, AGES = 120, 40


def weights(beta, n):
    """Return the weights of the last n squared gradients, newest first: (1 - beta) beta^age."""
    return (1 - beta) * beta ** np.arange(n)


def window(beta):
    """Return how many steps the memory looks back, 1 / (1 - beta)."""
    return 1 / (1 - beta)


def half_life(beta):
    """Return after how many steps a weight is one half of what it was, ln(1/2) / ln(beta)."""
    return np.log(0.5) / np.log(beta) if beta > 0 else 0.0


def share(beta, n):
    """Return which part of all weight the last n squared gradients hold, 1 - beta^n."""
    return 1 - beta**n


def made_up_gradients(n=N_STEPS):
    """Return n gradients: 1, but for a single 3 at iteration 40, and 2 from iteration 80 on."""
    iteration = np.arange(1, whole_number("n", n) + 1)
    return np.where(iteration == 40, 3.0, np.where(iteration >= 80, 2.0, 1.0))


def remember(gradients, beta, lr=0.1, epsilon=1e-8):
    """Give gradients to the rule, one after the other.

    Parameters
    ----------
    gradients : array (n,), or one number

    Returns
    -------
    averages, steps : arrays (n,), the moving average and how far theta moves at each gradient
    """
    gradients = np.atleast_1d(finite_numbers("gradients", gradients))
    if gradients.ndim > 1:
        raise ValueError(f"gradients must have shape (n,), not {gradients.shape}")
    theta = average = np.array(0.0)
    averages, steps = np.empty(len(gradients)), np.empty(len(gradients))
    for iteration, gradient in enumerate(gradients):
        before = theta
        theta, average = rmsprop(theta, gradient, average, lr=lr, beta=beta, epsilon=epsilon)
        with np.errstate(all="ignore"):  # to diverge is no error
            averages[iteration], steps[iteration] = average, abs(theta - before)
    return averages, steps


def memory_chart():
    """Return the chart of the memory: weights, past gradients, their average, and the steps."""
    ages = {"x": "age in steps", "xlim": (-1, AGES)}
    panels = (
        Panel(
            "weights",
            "Weight of a squared gradient",
            key="newest = 1",
            ylim=(0, 1.05),
            over="bars",
            marks=(0.5,),
            lines=(
                Series("young", "within the half-life", width=2.6),
                Series("middle", "within the window", width=1.6),
                Series("old", "older", width=0.8),
            ),
            **ages,
        ),
        Panel(
            "past",
            "Squared gradients, looking back",
            ylim=(0, 10),
            over="past",
            lines=(Series("squared", "squared gradient"),),
            **ages,
        ),
        Panel(
            "average",
            "Moving average",
            xlim=(0, N_STEPS),
            ylim=(0, 10),
            lines=(Series("squared", "squared gradient"), Series("average", "moving average")),
        ),
        Panel(
            "steps",
            "Length of the step / lr",
            xlim=(0, N_STEPS),
            ylim=(0, 10.5),
            marks=(1,),
            lines=(
                Series("step", "step / lr"),
                Series("step_of_ones", "step / lr if all gradients were 1", told=False),
            ),
        ),
    )
    beta = dial("beta", [position for position in POSITIONS["beta"] if position <= 0.99])
    return Chart(_numbers_of_memory, (beta,), panels, title="Memory", n_steps=N_STEPS, start=50)


def _numbers_of_memory(beta):
    gradients = made_up_gradients()
    averages, steps = remember(gradients, beta, lr=1.0)
    ones = remember(np.ones(N_STEPS), beta, lr=1.0)[1]
    age, relative = np.arange(AGES + 1), weights(beta, AGES + 1) / (1 - beta)
    young, inside = age < half_life(beta), age < round(window(beta), 9)
    return {
        "young": np.where(young, relative, np.nan),
        "middle": np.where(inside & ~young, relative, np.nan),
        "old": np.where(inside, np.nan, relative),
        "squared": np.append(np.nan, gradients**2),
        "average": np.append(0.0, averages),
        "step": np.append(np.nan, steps),
        "step_of_ones": np.append(np.nan, ones),
        "says": f"Half-life {half_life(beta):.3g} steps, window {window(beta):.3g} steps. The "
        f"gradients of one window hold {100 * share(beta, window(beta)):.1f} % of the weight. "
        f"The first step is {steps[0]:.3g} times lr.",
    }


def _half_life():
    """Follow one gradient until less than half of its weight is left, and go back to the half."""
    averages, _ = remember([1.0] + 99 * [0.0], 0.9)
    left = averages / averages[0]
    after = (left < 0.5).argmax()
    steps = after - 1 + np.log(left[after - 1] / 0.5) / np.log(left[after - 1] / left[after])
    return steps, f"{steps:.2f} steps."


def _window_share():
    held = 100 * remember(np.ones(10), 0.9)[0][-1]
    return held, f"{held:.1f} percent."


def _start_up():
    _, steps = remember(np.ones(1000), 0.9, lr=1.0)
    after = int((steps < 1.05).argmax()) + 1
    return after, f"{after} steps."


QUESTIONS = {
    "half_life": NumberQuestion(
        text="beta is 0.9. After how many steps has a squared gradient lost half of its weight?",
        measure=_half_life,
        meanings=(
            (
                lambda: window(0.9),
                "That is 1 / (1 − beta), the window. By then more than half of the weight is gone.",
            ),
            (lambda: 1 / 0.9, "That is 1 / beta. But one step takes away only a tenth."),
            (
                lambda: window(0.9) / 2,
                "That is half of 1 / (1 − beta). Then each step would take away a tenth of the "
                "first weight. But it takes a tenth of what is left, and that is less and less.",
            ),
        ),
        explains="That is the n at which 0.9 to the power n is one half.",
        tolerance=0.1,
    ),
    "window_share": NumberQuestion(
        text="beta is 0.9, and the average has seen many gradients. How many percent of the weight "
        "lie on the last ten squares?",
        measure=_window_share,
        meanings=(
            (
                lambda: 100,
                "Then the average would be blind for all that is older. But weights fade, they do "
                "not end.",
            ),
            (lambda: 90, "That is beta, the part that is kept in one step."),
            (lambda: 10, "That is 1 − beta, the weight of the newest square alone."),
            (lambda: 50, "Then ten steps would be the half-life. It is shorter."),
            (lambda: 35, "That is what lies on the older ones."),
            (lambda: 0.65, "Ask for percent."),
        ),
        explains="The rest lies on older squares, although 1 / (1 − beta) is ten.",
    ),
    "start_up": NumberQuestion(
        text="beta is 0.9, and the gradient is the same in every step. The first step is 3.16 "
        "times lr. After how many steps is a step at most 5 percent longer than lr?",
        measure=_start_up,
        meanings=(
            (lambda: 1, "The second step is shorter than the first, but still more than twice lr."),
            (
                lambda: half_life(0.9),
                "That is the half-life. By then the average is half of what it will be, and its "
                "root makes the step 41 percent longer than lr.",
            ),
            (
                lambda: window(0.9),
                "That is the window. By then the average has two thirds of its size, and the step "
                "is still 24 percent longer than lr.",
            ),
        ),
        explains="That is more than two windows.",
        tolerance=0.1,
    ),
}
TASKS = {
    "beta_for_half_life": Task(
        right=lambda: 0.5 ** (1 / 100),
        explains="It is the 100th root of one half.",
        mistakes=(
            (
                lambda: 1 - 1 / 100,
                "That makes the window 100 steps long. The half-life is shorter than the window.",
            ),
            (lambda: 1 - 1 / 200, "The half-life is not half of the window."),
            (
                lambda: 0.5 / 100,
                "That is one half divided by 100. Its root is needed: 0.5**1/100 has to be "
                "0.5**(1/100).",
            ),
            (lambda: 0.5**100, "That is a power of one half. Its root is needed."),
            (
                lambda: 2 ** (1 / 100),
                "That is above 1. A weight has to fall to one half, not to 2.",
            ),
            (lambda: 0.5, "With this beta a weight is halved in a single step."),
        ),
        tolerance=2e-4,
    ),
}
