"""The audit: each claim of the article, what was predicted, what is measured, the verdict.

A claim is tested by statements that hold or do not hold. It is true where all hold, false where
none does, else half true.
"""

from dataclasses import dataclass

import numpy as np

from ..optimizers import adagrad, gradient_descent, rmsprop
from ..problems import linear_regression, quadratic_bowl
from ..races import first_below, race, starts_around, stays_below
from ..trajectory import run
from .changing_problems import Sparse, drifting, flipping, mean_distance

CLAIMS = {
    1: "It adapts the learning rate of each parameter.",
    2: "It speeds up convergence.",
    3: "It handles features of different scales.",
    4: "It handles changing gradients and moving targets.",
    5: "It does well on sparse data.",
    6: "Epsilon only prevents a division by zero.",
    7: "Repeated often enough, the steps converge.",
}
CAVEAT = (
    "Two parameters of one quadratic prove nothing in general: a verdict holds for the problems "
    "that stand beside it."
)


@dataclass(frozen=True)
class Finding:
    """What was measured of a claim: (whether the claim holds there, how it was measured)."""

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
        tests = [f"{'Yes' if held else 'No'}: {told}" for held, told in self.tests]
        return [*tests, *self.notes]


@dataclass(frozen=True, repr=False)
class Audit:
    """The table of all claims: it shows itself as a table, or as text."""

    predicted: dict
    findings: dict

    def __repr__(self):
        lines = []
        for number, finding in self.findings.items():
            lines += [
                f"{number}. {CLAIMS[number]}",
                f"   You predicted: {self.predicted[number]}. Verdict: {finding.verdict}.",
                *(f"   {line}" for line in finding.lines),
            ]
        return "\n".join([*lines, CAVEAT])

    def _repr_html_(self):
        rows = [_row("th", "claim", "you predicted", "measured", "verdict")]
        for number, finding in self.findings.items():
            claim = f"{number}. {CLAIMS[number]}"
            measured, verdict = "<br>".join(finding.lines), f"<strong>{finding.verdict}</strong>"
            rows.append(_row("td", claim, self.predicted[number], measured, verdict))
        table = f'<table class="mathjax_ignore tex2jax_ignore">{"".join(rows)}</table>'
        return f"{table}<p>{CAVEAT}</p>"


def _row(tag, *texts):
    """Return a row of a table; JupyterLab would set its texts to the right."""
    style = 'style="text-align: left; vertical-align: top"'
    return f"<tr>{''.join(f'<{tag} {style}>{text}</{tag}>' for text in texts)}</tr>"


def audit(predictions):
    """Measure all claims and return the Audit.

    Parameters
    ----------
    predictions : dict of the number of a claim to "true", "half" or "false", or None as long as
        there is none. Anything else is shown as no prediction.
    """
    given = predictions if isinstance(predictions, dict) else {}
    predicted = {number: _prediction(given.get(number)) for number in CLAIMS}
    return Audit(predicted, {number: measure() for number, measure in MEASURES.items()})


def _prediction(given):
    said = " ".join(str(given).lower().split()) if isinstance(given, (str, bool)) else ""
    word = said.removesuffix(" true")  # of half true
    return word if word in ("true", "half", "false") else "none yet"


def each_parameter():
    """Measure claim 1: the effective learning rates on a bowl, level and turned."""
    level, turned = _rates_on_the_bowl(0), _rates_on_the_bowl(45)
    told = "after 20 iterations the effective learning rates are {:.2g} and {:.2g}."
    return Finding(
        tests=(
            (
                level.max() > 2 * level.min(),
                f"on the level bowl of condition 1000 (its start, lr 0.1) {told.format(*level)}",
            ),
        ),
        notes=(f"Only along the axes: with bowl and start turned by 45° {told.format(*turned)}",),
    )


def _rates_on_the_bowl(angle):
    return run(quadratic_bowl(1000, angle), n_steps=20, lr=0.1).effective_lr[-1]


def speed():
    """Measure claim 2: races on the article's data."""
    problem = linear_regression()
    ours, theirs = (_race_from_all(problem, rule) for rule in (rmsprop, gradient_descent))
    same_lr = [
        race(problem, r, first_below(0.01), rates=[0.1]) for r in (rmsprop, gradient_descent)
    ]
    return Finding(
        tests=(
            _compared(ours.own, theirs.own, "on the article's data from its start"),
            _compared(ours, theirs, "from the worst of four starts"),
        ),
        notes=(
            "First passage, which is not the criterion: with lr 0.1 from the article's start, "
            f"first below 0.01 at iteration {same_lr[0].best:g}, gradient descent "
            f"{same_lr[1].best:g}.",
        ),
    )


def scale():
    """Measure claim 3: races on a bowl, level and turned."""
    tests = []
    for angle, where in ((0, "on the level bowl of condition 1000"), (45, "turned by 45°")):
        bowl = quadratic_bowl(1000, angle)
        ours, theirs = (_race_from_all(bowl, rule) for rule in (rmsprop, gradient_descent))
        tests.append(_compared(ours, theirs, f"{where}, from the worst of four starts"))
    return Finding(tuple(tests))


def _race_from_all(problem, rule):
    return race(problem, rule, stays_below(0.01), starts=starts_around(problem))


def _compared(ours, theirs, where):
    told = (
        f"{where} the loss stays within 0.01 of its minimum from iteration {ours} on, with "
        f"gradient descent from {theirs}."
    )
    return ours.best < theirs.best, told


def changes():
    """Measure claim 4: mean distances from a target that jumps, drifts, or changes its scale."""
    problem = linear_regression()
    tests = []
    for moving, what in (
        (flipping(problem, 100), "y becomes −y every 100 iterations"),
        (drifting(problem, (0.01, -0.01)), "the optimum drifts by (0.01, −0.01) per iteration"),
        (flipping(problem, 100, 100.0), "at every second jump the loss also grows 100 times"),
    ):
        ours, theirs = (
            race(moving, rule, mean_distance, n_steps=1000) for rule in (rmsprop, gradient_descent)
        )
        told = f"{what}: mean distance {ours}, gradient descent {theirs}."
        tests.append((ours.best < theirs.best, told))
    note = "All on the article's data from its start; distance: iterations 500 to 1000."
    return Finding(tuple(tests), notes=(note,))


def sparse():
    """Measure claim 5: how far a parameter moves whose gradient comes seldom."""
    tests = []
    for k, other in ((10, gradient_descent), (10, adagrad), (100, adagrad)):
        ours, theirs = share_of_way(rmsprop, k), share_of_way(other, k)
        told = (
            f"gradient 1 at every {k}th iteration, lr 0.1: {ours:.3f} of the way of one that "
            f"comes always; {other.__name__.replace('_', ' ')} {theirs:.3f}."
        )
        tests.append((ours > theirs, told.replace("adagrad", "AdaGrad")))
    return Finding(tuple(tests))


def share_of_way(rule, k, **settings):
    """Return how far a seldom gradient moves its parameter, as a part of one that comes always.

    The gradient is 1 at every k-th iteration, and 0 between. Counted are 1000 of 2000 iterations.
    """
    theta = run(Sparse(k), rule, n_steps=2000, lr=0.1, **settings).theta
    always, seldom = theta[1000] - theta[2000]
    return seldom / always


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
                off[1] > 1e-9,
                f"article's data, lr 0.1, a start 1e-9 off: with epsilon {below:.4f} the run ends "
                f"{off[0]:.4f} off, with {above:.4f} at the optimum, but for rounding.",
            ),
        ),
        notes=(
            f"Epsilon caps the effective learning rate at lr/√epsilon: {0.1 / np.sqrt(above):.3f} "
            f"with {above:.4f}; the largest in the run is {largest:.3f}.",
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
                "at beta 0.99 and 0.999 the run comes to rest, as the gradient becomes exactly 0 "
                f"at iteration {at[0]} and {at[1]}. But the rest is unstable: a start 1e-9 beside "
                f"it is thrown out to {thrown[0]:.2f} and {thrown[1]:.2f}.",
            ),
        ),
        notes=(
            "The start beside it has an average of zero. That is what the average fades to at "
            "rest, and then the effective learning rate is lr/√epsilon.",
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
