"""The charts of notebook 08_find_the_limits."""

from functools import partial

import numpy as np

from ..charts import Chart, Panel, Series
from ..dials import dial
from ..figures import draw_plane, plane_window, stability
from ..problems import linear_regression, quadratic_bowl
from ..trajectory import run
from .votes import full_memory_walk, many_to_one, one_to_many, walk

BETA = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)
LONGEST_CYCLE = 50


def sign_descent(theta, gradient, state, *, lr=0.1):
    """Return theta after a step of length lr against the sign of each gradient, and the state."""
    return theta - lr * np.sign(gradient), state


def sign_lab():
    """Return the chart of RMSProp without epsilon beside sign descent, on a turned bowl."""
    problem = quadratic_bowl(condition=10.0, angle=30.0)
    window = dict(zip(("xlim", "ylim"), plane_window(problem), strict=True))
    plane = Panel(
        "path",
        "Path of the parameters",
        x="theta 0",
        y="theta 1",
        lines=(
            Series(("theta 0", "theta 1"), "RMSProp", told=False),
            Series(("sign 0", "sign 1"), "sign descent", told=False),
        ),
        over="plane",
        still=partial(draw_plane, problem=problem),
        **window,
    )
    steps = Panel(
        "steps",
        "Lengths of the steps, divided by lr",
        xlim=(0, 100),
        ylim=(1e-2, 1e2),
        log=True,
        lines=(
            Series("step 0", "step of theta 0 / lr"),
            Series("step 1", "step of theta 1 / lr"),
        ),
        marks=(1.0,),
        key="1: sign descent",
    )
    return Chart(
        None,
        (dial("beta", BETA), dial("lr", (0.001, 0.01, 0.05, 0.1, 0.2, 0.5))),
        (plane, steps),
        title="Small beta, epsilon = 0",
        n_steps=100,
        many=partial(sign_series, problem),
    )


@np.errstate(all="ignore")  # whatever is typed
def sign_series(problem, beta, lr, n_steps=100):
    """Return what the sign lab shows of k settings: dict of name to (n_steps + 1, k)."""
    path = run(problem, n_steps=n_steps + 1, lr=lr, beta=beta, epsilon=0.0)
    signs = run(problem, sign_descent, n_steps=n_steps, lr=lr)
    steps = np.abs(np.diff(path.theta, axis=0)) / lr[:, None]
    apart = np.abs(path.theta[:-1] - signs.theta).max(axis=(0, 2))
    return {
        "theta 0": path.theta[:-1, :, 0],
        "theta 1": path.theta[:-1, :, 1],
        "sign 0": signs.theta[..., 0],
        "sign 1": signs.theta[..., 1],
        "step 0": steps[..., 0],
        "step 1": steps[..., 1],
        "says": [f"RMSProp and sign descent are apart by at most {each:.2g}" for each in apart],
    }


def many_to_one_lab():
    """Return the chart of many small gradients against a large one."""
    position = Panel(
        "position",
        "Position",
        xlim=(0, 200),
        ylim=(-250, 20),
        y="in units of lr",
        lines=(
            Series("RMSProp", "RMSProp"),
            Series("signs", "sign descent"),
            Series("gradient descent", "gradient descent"),
        ),
    )
    cycle = Panel(
        "cycle",
        "Steps of one cycle, memory full",
        x="place in the cycle",
        xlim=(-1, LONGEST_CYCLE),
        ylim=(-1.5, 8),
        y="in units of lr",
        lines=(Series("small", "small gradients"), Series("large", "the large gradient")),
        over="bars",
    )
    small = dial(
        "small",
        (1, 2, 4, 9, 19, 49),
        first=9,
        words="small gradients",
        meaning="How many of +0.1 come before the large one, rounded to a whole number.",
        lower=1,
        upper=LONGEST_CYCLE,
    )
    return Chart(
        None,
        (dial("beta", BETA), small),
        (position, cycle),
        title="Many small gradients against a large one",
        many=many_to_one_series,
    )


@np.errstate(all="ignore")  # whatever is typed
def many_to_one_series(beta, small, n_steps=200):
    """Return what the chart of many to one shows of k settings: dict of name to (rows, k)."""
    cycles = [many_to_one(round(each)) for each in small]
    gradients = np.stack([np.resize(cycle, n_steps) for cycle in cycles], axis=-1)
    full = [full_memory_walk(cycle, each) for cycle, each in zip(cycles, beta, strict=True)]
    bars = np.full((2, LONGEST_CYCLE + 1, len(cycles)), np.nan)
    for column, path in enumerate(full):
        *few, last = np.diff(path)
        bars[0, : len(few), column] = few
        bars[1, len(few), column] = last
    return {
        "RMSProp": walk(gradients, beta=beta),
        "signs": _from_zero(-np.sign(gradients)),
        "gradient descent": _from_zero(-gradients),
        "small": bars[0],
        "large": bars[1],
        "says": [
            f"In a cycle of {len(cycle)} gradients, which sum to 0, RMSProp moves by "
            f"{_signed(path[-1])} lr when its memory is full, sign descent by "
            f"{_signed(2 - len(cycle))} lr"
            for cycle, path in zip(cycles, full, strict=True)
        ],
    }


def counterexample_lab():
    """Return the chart of the example of Reddi, Kale and Kumar, from the middle, lr 0.5/√t."""
    position = Panel(
        "position",
        "Position",
        xlim=(0, 300),
        ylim=(-1.2, 1.2),
        lines=(Series("RMSProp", "RMSProp"), Series("gradient descent", "gradient descent")),
        marks=(-1.0, 1.0),
        key="best point −1, worst point +1",
    )
    cycle = Panel(
        "cycle",
        "Steps of one cycle, memory full",
        x="gradient of the cycle",
        xlim=(-0.5, 2.5),
        ylim=(-2, 2),
        y="in units of lr",
        lines=(Series("steps", "RMSProp"),),
        over="bars",
        xticks=("C", "−1", "−1"),
    )
    large = dial(
        "large",
        (2.1, 2.5, 3, 4, 5, 10, 20),
        first=4,
        words="large gradient",
        meaning="Every third gradient; the others are −1.",
        lower=2.0001,
    )
    return Chart(
        None,
        (dial("beta", BETA), large),
        (position, cycle),
        title="One large gradient in three",
        n_steps=300,
        many=counterexample_series,
    )


@np.errstate(all="ignore")  # whatever is typed
def counterexample_series(beta, large, n_steps=300):
    """Return what the chart of one in three shows of k settings: dict of name to (rows, k)."""
    cycles = [one_to_many(each) for each in large]
    gradients = np.stack([np.resize(cycle, n_steps) for cycle in cycles], axis=-1)
    lr = 0.5 / np.sqrt(np.arange(1, n_steps + 1))
    full = [full_memory_walk(cycle, each) for cycle, each in zip(cycles, beta, strict=True)]
    return {
        "RMSProp": walk(gradients, lr=lr, beta=beta, ends=(-1, 1)),
        "gradient descent": _descent(gradients, lr, ends=(-1, 1)),
        "steps": np.diff(np.stack(full, axis=-1), axis=0),
        "says": [_which_end(path[-1]) for path in full],
    }


def _which_end(moved):
    end = "+1, the worst point" if moved > 0 else "−1, the best point"
    return f"In a cycle RMSProp moves by {_signed(moved)} lr when its memory is full: to {end}"


def spike_lab():
    """Return the chart of loss spikes: excess and λmax(PH) on the article's data."""
    problem = linear_regression()
    excess = Panel(
        "excess",
        "Loss above its minimum",
        xlim=(0, 300),
        ylim=(1e-13, 1e3),
        log=True,
        lines=(Series("excess", "loss − minimum"),),
    )
    edge = Panel(
        "edge",
        "λmax(PH)",
        xlim=(0, 300),
        ylim=(0, 10),
        lines=(Series("stability", "λmax(PH)"),),
        marks=(2.0,),
        key="above 2 steps are unstable",
    )
    return Chart(
        None,
        (
            dial("lr", (0.1, 0.2, 0.3, 0.5, 1.0), first=0.5),
            dial("beta", (0.8, 0.9, 0.95, 0.97, 0.98, 0.99), first=0.98),
            dial("epsilon", (1e-8, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0), first=0.03),
        ),
        (excess, edge),
        title="Loss spikes",
        n_steps=300,
        many=partial(spike_series, problem),
    )


@np.errstate(all="ignore")  # whatever is typed
def spike_series(problem, lr, beta, epsilon, n_steps=300):
    """Return what the spike lab shows of k settings: dict of name to (n_steps + 1, k)."""
    path = run(problem, n_steps=n_steps + 1, lr=lr, beta=beta, epsilon=epsilon)
    excess = path.excess[:-1]
    return {
        "excess": excess,
        "stability": stability(problem, path.effective_lr),
        "says": [_spikes_in_words(each) for each in excess.T],
    }


def spikes(excess, low=1e-6, high=1e-3):
    """Return the iterations at which the excess loss rises above high, after having been below low.

    Parameters
    ----------
    excess : (rows,) how far the loss lies above its minimum
    low, high : a spike needs both: first below low, then above high

    Returns
    -------
    list of int
    """
    found, settled = [], False
    for iteration, value in enumerate(excess):
        if value < low:
            settled = True
        elif settled and value > high:
            found.append(iteration)
            settled = False
    return found


def _spikes_in_words(excess):
    found = spikes(excess)
    if not found:
        return "No spike: the loss never rises above 1e-3 after it was below 1e-6"
    first, *more = found
    highest = excess[first:].max()
    also = f", again at {', '.join(map(str, more))}" if more else ""
    return (
        f"Below 1e-6 from iteration {(excess < 1e-6).argmax()} on; above 1e-3 at {first}{also}; at "
        f"most {highest:.2g}"
    )


def _from_zero(steps):
    """Return the positions after steps from zero: (rows, k) -> (rows + 1, k)."""
    return np.vstack([np.zeros_like(steps[:1]), np.cumsum(steps, axis=0).round(9)])


def _descent(gradients, lr, ends):
    """Return the positions of gradient descent from zero, moved back between the two ends."""
    path = np.zeros((len(gradients) + 1, *gradients.shape[1:]))
    for row, (gradient, rate) in enumerate(zip(gradients, lr, strict=True)):
        path[row + 1] = np.clip(path[row] - rate * gradient, *ends)
    return path


def _signed(value):
    """Write a number with its sign, three digits."""
    return f"{value:+.3g}".replace("-", "−")
