"""The charts of notebook 06_compare_optimizers: rotation, sparse gradients, a moving target, noise.

Each chart shows one point. What it shows is computed for all positions of its dials at once.
"""

from functools import cache
from itertools import product

import numpy as np

from ..charts import Chart, Panel, Series
from ..dials import dial
from ..figures import GREY
from ..optimizers import adagrad, adam, gradient_descent, momentum, rmsprop
from ..problems import linear_regression, quadratic_bowl
from ..races import BETAS, RATES, late_excess, stays_below
from ..trajectory import run
from ..words import label_of
from .changing_problems import Sparse, distance, flipping, mini_batches

RULES = (rmsprop, gradient_descent, adagrad, momentum, adam)
ADAPTING = (rmsprop, gradient_descent, adagrad)
BOWL_STEPS, SPARSE_STEPS, MOVING_STEPS, BATCH_STEPS = 600, 200, 390, 400
CONDITIONS, ANGLES = (10, 100, 1000), (0, 5, 15, 45)
BOWL_RATES = np.array([rate for rate in RATES if 0.02 <= rate <= 20])


def rotation_chart():
    """Return the chart of the bowl: condition, angle, and lr as a multiple of each rule's best."""
    plane = Panel(
        "plane",
        "Path of the parameters",
        x="theta 0",
        y="theta 1",
        xlim=(-6, 6),
        ylim=(-6, 6),
        over="plane",
        still=lambda ax: ax.plot(0, 0, "*", color="black", markersize=11),
        lines=(
            *(Series((f"{r.__name__}_x", f"{r.__name__}_y"), label_of(r), False) for r in RULES),
            Series(("valley_x", "valley_y"), "valley", False, GREY, (1, 2), 1.2, marked=False),
        ),
    )
    excess = Panel(
        "excess",
        "Loss",
        xlim=(0, BOWL_STEPS),
        ylim=(1e-8, 1e2),
        log=True,
        marks=(0.01,),
        key="dotted: 0.01",
        lines=tuple(Series(rule.__name__, label_of(rule), False) for rule in RULES),
    )
    dials = (
        dial("condition", CONDITIONS),
        dial("angle", ANGLES),
        dial(
            "times",
            (0.1, 0.3, 1, 3),
            words="lr / its best",
            meaning="By how much each lr differs from the rule's best on this bowl.",
            first=1,
            lower=1e-6,
            upper=1e6,
        ),
    )
    return Chart(
        None, dials, (plane, excess), title="Bowl", n_steps=BOWL_STEPS, many=paths_on_bowls
    )


def paths_on_bowls(condition, angle, times):
    """Return the paths and losses of all rules on k bowls, with times each rule's best lr."""
    direction = np.deg2rad(angle)
    ends = np.where(np.arange(BOWL_STEPS + 1) == 0, -8.0, 8.0)[:, None]
    numbers = {"valley_x": ends * np.cos(direction), "valley_y": ends * np.sin(direction)}
    told = [[] for _ in times]
    bowls, which = np.unique(np.stack([condition, angle]), axis=1, return_inverse=True)
    for rule in RULES:
        lr = best_lr(rule, bowls)[which] * times
        path = run(quadratic_bowl(condition, angle), rule, BOWL_STEPS, lr=lr)
        name = rule.__name__
        numbers |= {
            f"{name}_x": path.theta[..., 0],
            f"{name}_y": path.theta[..., 1],
            name: path.excess,
        }
        for words, rate, iterations in zip(told, lr, stays_below(0.01)(path), strict=True):
            words.append(f"{label_of(rule)} {_iterations(iterations)} (lr {rate:.2g})")
    says = [f"Below 0.01 until iteration {BOWL_STEPS} from: {', '.join(words)}." for words in told]
    return numbers | {"says": says}


def best_lr(rule, bowls):
    """Return the best lr of bowls, (2, k): those of the dials are searched for only once."""
    known, asked = _best_at_positions(rule), list(map(tuple, bowls.T.tolist()))
    if all(bowl in known for bowl in asked):
        return np.array([known[bowl] for bowl in asked])
    return best_on_bowls(rule, *bowls)


@cache
def _best_at_positions(rule):
    bowls = [(float(condition), float(angle)) for condition, angle in product(CONDITIONS, ANGLES)]
    return dict(zip(bowls, best_on_bowls(rule, *np.array(bowls).T).tolist(), strict=True))


def best_on_bowls(rule, condition, angle):
    """Return for k bowls the lr with which the loss soonest stays below 0.01.

    Where it never does within the run, it is the lr with the lowest loss at the end.
    """
    bowls = quadratic_bowl(condition[:, None], angle[:, None])
    path = run(bowls, rule, BOWL_STEPS, lr=BOWL_RATES)
    late = BOWL_STEPS + np.nan_to_num(path.excess[-1], nan=np.inf, posinf=np.inf)
    return BOWL_RATES[np.minimum(stays_below(0.01)(path), late).argmin(axis=1)]


def _iterations(number):
    return f"{number:g}" if np.isfinite(number) else "never"


def sparse_chart():
    """Return the chart of a gradient that comes at every k-th iteration only."""
    way = Panel(
        "way",
        "Way so far, in units of lr",
        xlim=(0, SPARSE_STEPS),
        ylim=(0, 300),
        lines=(
            Series("seldom", "RMSProp, every k-th iteration"),
            Series("always", "RMSProp, every iteration"),
            Series("descent", "gradient descent, every k-th iteration"),
        ),
    )
    steps = Panel(
        "steps",
        "Length of each step, in units of lr",
        xlim=(0, SPARSE_STEPS),
        ylim=(0, 11),
        over="bars",
        lines=(Series("step", "RMSProp, every k-th iteration"),),
    )
    every = dial(
        "k",
        (1, 2, 5, 10, 20, 50, 100),
        first=10,
        meaning="The gradient is 1 at every k-th iteration, and 0 between; k is rounded to a "
        "whole number.",
        lower=1,
    )
    beta = dial("beta", (0.0, 0.5, 0.8, 0.9, 0.95, 0.99))
    return Chart(
        None,
        (every, beta),
        (way, steps),
        title="Sparse",
        n_steps=SPARSE_STEPS,
        units={line.show: 0.01 for line in way.lines},
        many=sparse_ways,
    )


def sparse_ways(k, beta):
    """Return how far RMSProp and gradient descent get on sparse gradients, in units of lr."""
    k = np.rint(k)
    ours = -run(Sparse(k), rmsprop, SPARSE_STEPS, lr=1.0, beta=beta).theta
    descent = -run(Sparse(k), gradient_descent, SPARSE_STEPS, lr=np.ones_like(beta)).theta
    steps = np.diff(ours[..., 1], axis=0, append=np.nan)
    limits = np.sqrt((1 - beta**k) / (1 - beta))
    says = [
        f"The steps go to {limit:.3g} lr, which is {limit / each:.3g} lr per iteration."
        for limit, each in zip(limits, k, strict=True)
    ]
    return {
        "seldom": ours[..., 1],
        "always": ours[..., 0],
        "descent": descent[..., 1],
        "step": np.where(steps > 0, steps, np.nan),
        "says": says,
    }


def moving_chart():
    """Return the chart of a target that jumps, while the loss may grow and shrink."""
    problem = linear_regression()
    labels = {rule.__name__: label_of(rule) for rule in ADAPTING}
    theta = Panel(
        "intercept",
        "Intercept",
        xlim=(0, MOVING_STEPS),
        ylim=(-8, 8),
        lines=(
            *(Series(f"{name}_theta", label, False) for name, label in labels.items()),
            Series("target", "best intercept", False, GREY, (1, 2), marked=False),
        ),
    )
    far = Panel(
        "distance",
        "Distance from the target",
        xlim=(0, MOVING_STEPS),
        ylim=(1e-4, 1e2),
        log=True,
        lines=tuple(Series(name, label) for name, label in labels.items()),
    )
    dials = (
        dial("beta", BETAS),
        dial(
            "factor",
            (1, 10, 100),
            first=1,
            meaning="How much larger all gradients are while the target is negative.",
            lower=1e-3,
        ),
        dial(
            "lr",
            (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)
            + (20, 50, 100, 200, 500, 1000),
        ),
    )

    def follow(beta, factor, lr):
        return follow_target(problem, beta, factor, lr)

    return Chart(None, dials, (theta, far), title="Moving", n_steps=MOVING_STEPS, many=follow)


def follow_target(problem, beta, factor, lr):
    """Return the intercept of each rule, its distance from the jumping target, and the target."""
    moving = flipping(problem, factor=factor)
    targets = [np.broadcast_to(moving.target(t)[..., 0], lr.shape) for t in range(MOVING_STEPS + 1)]
    numbers, told = {"target": np.stack(targets)}, [[] for _ in lr]
    for rule in ADAPTING:
        settings = {"lr": lr, "beta": beta} if rule is rmsprop else {"lr": lr}
        path = run(moving, rule, MOVING_STEPS, **settings)
        with np.errstate(all="ignore"):
            far = distance(path)
            means = far[MOVING_STEPS // 2 :].mean(axis=0)
        numbers |= {f"{rule.__name__}_theta": path.theta[..., 0], rule.__name__: far}
        for words, mean in zip(told, means, strict=True):
            number = f"{mean:.3g}" if mean < 100 else "more than 100"
            words.append(f"{label_of(rule)} {number}")
    half = f"{MOVING_STEPS // 2} to {MOVING_STEPS}"
    return numbers | {"says": [f"Mean distance from {half}: {', '.join(words)}." for words in told]}


def batches_chart(seed=0):
    """Return the chart of mini-batches of 10 of the article's data, beside all 100 at once."""
    problem = linear_regression()
    noisy = mini_batches(problem, seed, number=BATCH_STEPS)
    runs = {
        "batches": (noisy, rmsprop, "RMSProp, batches of 10"),
        "all": (problem, rmsprop, "RMSProp, all data"),
    }
    intercept, slope = problem.optimum
    plane = Panel(
        "plane",
        "Around the best line",
        x="intercept",
        y="slope",
        xlim=(intercept - 0.5, intercept + 0.5),
        ylim=(slope - 0.5, slope + 0.5),
        over="plane",
        still=lambda ax: ax.plot(intercept, slope, "*", color="black", markersize=11),
        lines=tuple(
            Series((f"{name}_x", f"{name}_y"), label, False, width=1.2)
            for name, (*_, label) in runs.items()
        ),
    )
    excess = Panel(
        "excess",
        "Loss − minimum",
        xlim=(0, BATCH_STEPS),
        ylim=(1e-6, 1e2),
        log=True,
        lines=tuple(Series(name, label) for name, (*_, label) in runs.items()),
    )

    def noise(lr):
        numbers, told = {}, []
        for name, (source, rule, label) in runs.items():
            path = run(source, rule, BATCH_STEPS, lr=lr)
            with np.errstate(all="ignore"):
                means = late_excess(path)
            words = [f"{mean:.2g}" if np.isfinite(mean) else "not finite" for mean in means]
            told.append([f"{label} {each}" for each in words])
            numbers |= {f"{name}_{axis}": path.theta[..., i] for i, axis in enumerate("xy")}
            numbers[name] = path.excess
        half = f"{BATCH_STEPS // 2} to {BATCH_STEPS}"
        return numbers | {
            "says": [f"Mean from {half}: {', '.join(words)}." for words in zip(*told, strict=True)]
        }

    lr = dial("lr", (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0))
    return Chart(None, (lr,), (plane, excess), title="Batches", n_steps=BATCH_STEPS, many=noise)
