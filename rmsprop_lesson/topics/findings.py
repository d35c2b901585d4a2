"""What is measured of each claim of the article.

A claim is tested by statements that hold or do not hold. It is true where all hold, false where
none does, else half true. In a race each rule has its best learning rate, and who is better by
less than a fifth is not better.
"""

from dataclasses import dataclass

import numpy as np

from ..arguments import whole_number
from ..optimizers import adagrad, gradient_descent, rmsprop
from ..problems import linear_regression, quadratic_bowl
from ..races import BETAS, clearly_less, first_below, race, starts_around, stays_below
from ..trajectory import run
from ..words import label_of
from .changing_problems import Sparse, drifting, flipping, mean_distance

LEVEL = "level bowl of condition 1000"
ARRIVAL = (
    "Criterion: the iteration from which the loss stays within 0.01 of its minimum, to 2000; "
    "alike: within a fifth."
)
SEARCHED = "Searched: for each rule lr, among 121 from 0.001 to 1000"


@dataclass(frozen=True)
class Finding:
    """What was measured of a claim: (whether it holds there, how it was measured).

    None for whether it holds means that RMSProp and its rival are alike.
    """

    tests: tuple
    notes: tuple = ()

    @property
    def verdict(self):
        """The word for the claim: "true", "half" or "false"."""
        holds = [held for held, _ in self.tests]
        return "true" if all(holds) else "half" if any(holds) else "false"

    @property
    def lines(self):
        """What was measured, a sentence each."""
        words = {True: "Yes", False: "No", None: "Alike"}
        tests = [f"{words[held]}: {told}" for held, told in self.tests]
        return [*tests, *self.notes]


def each_parameter():
    """Measure claim 1: the effective learning rates on a bowl, level and turned."""
    tests, after = [], []
    for angle, bowl in ((0, LEVEL), (45, "bowl and start turned by 45°")):
        rates = run(quadratic_bowl(1000, angle), n_steps=50, lr=0.1).effective_lr
        growth = rates[-1] / rates[19]  # the average has filled by then
        told = "from iteration 20 to 50 the effective learning rates grow {:.2g} and {:.2g} times."
        tests.append((growth.min() > 2, f"{bowl}: {told.format(*growth)}"))
        after.append("{:.2g} and {:.2g}".format(*rates[19]))
    return Finding(
        tuple(tests),
        notes=(
            "For each parameter means along the axes: after 20 iterations the two rates are "
            f"{after[0]} on the level bowl, and {after[1]} on the turned one.",
            "Criterion: the rate of each parameter grows more than twofold, as its gradient falls. "
            "With gradient descent both stay at lr. lr is 0.1, beta 0.9. Nothing was searched.",
        ),
    )


def speed():
    """Measure claim 2: races on the article's data."""
    problem = linear_regression()
    ours, theirs = _arrivals(problem)
    once = [race(problem, r, first_below(0.01), rates=[0.1]) for r in (rmsprop, gradient_descent)]
    return Finding(
        tests=(
            _compared(ours, theirs, "article's data, worst of four starts"),
            _compared(*_arrivals(quadratic_bowl(1000, 0)), f"{LEVEL}, worst of four starts"),
        ),
        notes=(
            ARRIVAL,
            f"{SEARCHED}. Nothing else: beta is 0.9.",
            f"From the article's own start alone: {ours.own}, gradient descent {theirs.own}.",
            "First passage, which is not the criterion: with lr 0.1 from the article's start, "
            f"first below 0.01 at iteration {once[0].best:g}, gradient descent {once[1].best:g}.",
        ),
    )


def scale():
    """Measure claim 3: races on a bowl, level and turned."""
    tests = []
    for angle, bowl in ((0, LEVEL), (45, "bowl and starts turned by 45°")):
        ours, theirs = _arrivals(quadratic_bowl(1000, angle))
        tests.append(_compared(ours, theirs, f"{bowl}, worst of four starts"))
    return Finding(tuple(tests), notes=(ARRIVAL, f"{SEARCHED}. Nothing else: beta is 0.9."))


def _arrivals(problem):
    """Return the races of RMSProp and of gradient descent."""
    score, starts = stays_below(0.01), starts_around(problem)
    return [race(problem, rule, score, starts=starts) for rule in (rmsprop, gradient_descent)]


def _compared(ours, theirs, where):
    told = f"{where}: RMSProp from iteration {ours} on, gradient descent from {theirs}."
    return _better(ours.best, theirs.best), told


def _better(ours, theirs):
    """Tell whether a score is clearly less than its rival's; None where they are alike."""
    return clearly_less(ours, theirs) or (False if clearly_less(theirs, ours) else None)


def changes():
    """Measure claim 4: mean distances from a target that jumps, drifts, or changes its scale."""
    problem = linear_regression()
    tests = []
    for moving, what in (
        (flipping(problem, 100), "y becomes −y every 100 iterations"),
        (drifting(problem, (0.01, -0.01)), "the optimum drifts by (0.01, −0.01) per iteration"),
        (flipping(problem, 100, 100.0), "at every second jump the loss also grows 100 times"),
    ):
        theirs = race(moving, gradient_descent, mean_distance, n_steps=1000)
        ours = [race(moving, rmsprop, mean_distance, n_steps=1000, beta=beta) for beta in BETAS]
        best = min(ours, key=lambda each: each.best)
        other = "also its best beta" if best is ours[0] else f"at its best beta {best}"
        told = f"{what}: RMSProp {ours[0]}, {other}; gradient descent {theirs}."
        tests.append((_better(best.best, theirs.best), told))
    notes = (
        "All on the article's data, from its start. Criterion: how far the parameters are from the "
        "best ones, the larger distance of both, as a mean of iterations 500 to 1000; alike: "
        "within a fifth.",
        f"{SEARCHED}, and RMSProp's beta, among {', '.join(map(str, BETAS))}. Nothing else.",
    )
    return Finding(tuple(tests), notes)


def sparse():
    """Measure claim 5: how far a parameter moves whose gradient comes seldom."""
    tests = []
    for other in (gradient_descent, adagrad):
        ours, theirs = ([share_of_way(rule, k) for k in (10, 100)] for rule in (rmsprop, other))
        told = (
            f"at every 10th or 100th iteration: RMSProp {ours[0]:.3f} or {ours[1]:.3f}, "
            f"{label_of(other)} {theirs[0]:.3f} or {theirs[1]:.3f}."
        )
        tests.append((all(clearly_less(b, a) for a, b in zip(ours, theirs, strict=True)), told))
    longer = [share_of_way(rmsprop, k, beta=0.999) for k in (10, 100)]
    ways = [run(Sparse(10), rule, 2000, lr=0.1).theta[1000:, 1] for rule in (rmsprop, adagrad)]
    way, short = (each[0] - each[-1] for each in ways)
    return Finding(
        tuple(tests),
        notes=(
            f"With beta 0.999 RMSProp has {longer[0]:.3f} or {longer[1]:.3f}, nearly as AdaGrad.",
            "The gradients are given: 1 at every 10th or 100th iteration and else 0, from a start "
            "at 0. Criterion: the way from iteration 1000 to 2000, as a part of that with a "
            "gradient of 1 at every iteration.",
            f"The way itself is another matter: at every 10th iteration {way:.1f} with RMSProp, "
            f"{short:.2f} with AdaGrad, whose steps only get shorter.",
            "lr is 0.1, which cancels in the part, and beta 0.9. Nothing was searched.",
        ),
    )


def share_of_way(rule, k, **settings):
    """Return how far a seldom gradient moves its parameter, as a part of one that comes always.

    The gradient is 1 at every k-th iteration, and 0 between. Counted are 1000 of 2000 iterations.
    """
    path = run(Sparse(whole_number("k", k, lowest=1)), rule, n_steps=2000, lr=0.1, **settings)
    way = path.theta[1000] - path.theta[2000]
    return way[..., 1] / way[..., 0]


def epsilon():
    """Measure claim 6: what a large epsilon does to the effective learning rate and the cycle."""
    problem = linear_regression()
    limit = (0.1 * problem.curvatures()[-1] / 2) ** 2
    below, above = 0.98 * limit, 1.02 * limit
    path = run(problem, n_steps=5000, epsilon=[below, above], start=problem.optimum + 1e-9)
    off = np.abs(path.theta[-1] - problem.optimum).max(axis=-1)
    largest = path.effective_lr[:, 1].max()
    return Finding(
        tests=(
            (
                (off > 1e-9).all(),
                f"article's data, start 1e-9 off the optimum: with epsilon {below:.4f} the run "
                f"ends {off[0]:.4f} off, with {above:.4f} at the optimum, but for rounding.",
            ),
        ),
        notes=(
            f"Epsilon caps the effective learning rate at lr/√epsilon: {0.1 / np.sqrt(above):.3f} "
            f"with {above:.4f}; the largest in the run is {largest:.3f}.",
            "With the article's epsilon 1e-8 nothing of this can be seen. The claim is general.",
            "lr is 0.1, beta 0.9. Criterion: with either epsilon the run ends, after 5000 "
            "iterations, further off than it began. Then epsilon would not decide on the hopping. "
            "Nothing was searched.",
        ),
    )


def convergence():
    """Measure claim 7: how a run ends with a short memory and with a long one."""
    problem = linear_regression()
    short = run(problem, n_steps=5000, beta=[0.5, 0.9, 0.95])
    step = np.abs(short.theta[-1] - short.theta[-2])
    long = run(problem, n_steps=1000, beta=[0.99, 0.999])
    rests = (long.gradient == 0).all(axis=-1)
    at = rests.argmax(axis=0)
    beside = run(problem, n_steps=100, beta=[0.99, 0.999], start=problem.optimum + 1e-9)
    thrown = np.abs(beside.theta - problem.optimum).max(axis=(0, -1))
    return Finding(
        tests=(
            (
                step.max() < 1e-9,
                "article's data and start, lr 0.1: at beta 0.5, 0.9 and 0.95 step 5000 is still "
                f"{step.min():.3f} long.",
            ),
            (
                thrown.max() < 1e-3,
                "at beta 0.99 and 0.999 that run comes to rest, as the gradient becomes exactly 0 "
                f"at iteration {at[0]} and {at[1]}. But the rest is unstable: a start 1e-9 beside "
                f"it is thrown out to {thrown[0]:.2f} and {thrown[1]:.2f} in 100 iterations.",
            ),
        ),
        notes=(
            "The start beside it has an average of zero. That is what the average fades to at "
            "rest, and then the effective learning rate is lr/√epsilon.",
            "Criterion: the last step is shorter than 1e-9; a start beside the rest stays within "
            "0.001. Nothing was searched.",
        ),
    )


MEASURES = {
    1: each_parameter,
    2: speed,
    3: scale,
    4: changes,
    5: sparse,
    6: epsilon,
    7: convergence,
}
