"""The charts of notebook 08_find_the_limits with gradients that come in cycles."""

import numpy as np

from ..charts import Chart, Panel, Series
from ..dials import dial
from .votes import full_memory_walk, many_to_one, one_to_many, walk

BETA = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)
LONGEST_CYCLE = 50


def many_to_one_lab():
    """Return the chart of many small gradients against a large one."""
    position = Panel(
        "position",
        "Position, in units of lr",
        xlim=(0, 200),
        ylim=(-250, 20),
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
        lines=(
            Series("small", "small gradients", width=1.6),
            Series("large", "the large gradient", width=3.2),
        ),
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
        units={line.show: 0.01 for line in position.lines},
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
        upper=1e100,
    )
    return Chart(
        None,
        (dial("beta", BETA, first=0.05), large),
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
