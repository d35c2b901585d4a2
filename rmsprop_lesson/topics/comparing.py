"""What notebook 06_compare_optimizers asks: who is faster, after what, and with which noise."""

from math import sqrt

import numpy as np

from ..optimizers import adagrad, gradient_descent, rmsprop
from ..predictions import NumberQuestion, Question
from ..problems import linear_regression, quadratic_bowl
from ..races import clearly_less, late_excess, race, starts_around, stays_below
from ..tasks import Task
from ..trajectory import run
from .changing_problems import Sparse, flipping, mean_distance, mini_batches
from .findings import share_of_way


def _two_races(problem, score, **settings):
    return [race(problem, rule, score, **settings) for rule in (rmsprop, gradient_descent)]


def _sooner(ours, theirs):
    """Return the choice: who needs clearly less."""
    if clearly_less(ours, theirs):
        return "RMSProp"
    return "gradient descent" if clearly_less(theirs, ours) else "both alike"


def _race_on_the_data():
    problem = linear_regression()
    ours, theirs = _two_races(problem, stays_below(0.01), starts=starts_around(problem))
    told = f"gradient descent from iteration {theirs} on, RMSProp from {ours} on."
    return _sooner(ours.best, theirs.best), told


def _race_on_the_turned_bowl():
    bowl = quadratic_bowl(1000, 45)
    ours, theirs = _two_races(bowl, stays_below(0.01), starts=starts_around(bowl))
    return _sooner(ours.best, theirs.best), f"gradient descent {theirs}, RMSProp {ours}."


def _share_of_every_tenth():
    share = share_of_way(rmsprop, 10)
    return share, f"{share:.3f}."


def _nearest_to_the_jumping_target():
    ours, theirs = _two_races(flipping(linear_regression(), 100), mean_distance, n_steps=1000)
    return _sooner(ours.best, theirs.best), (
        f"the mean distance is {theirs} with gradient descent and {ours} with RMSProp."
    )


def _floors(rates=(0.1, 0.05)):
    noisy = mini_batches(linear_regression(), seed=0)
    return late_excess(run(noisy, n_steps=2000, lr=rates))


def _noise_of_half_the_lr():
    whole, half = _floors()
    parts = {"nothing": 1, "it becomes half": 1 / 2, "it becomes a quarter": 1 / 4}
    right = min(parts, key=lambda choice: abs(np.log(half / whole / parts[choice])))
    return right, f"{whole:.4f} with lr 0.1, and {half:.4f} with 0.05."


QUESTIONS = {
    "race": Question(
        text="On the article's data each rule gets its best learning rate, and RMSProp's beta is "
        "0.9. With which one is the loss sooner within 0.01 of its minimum, and stays there, from "
        "the worst of the four starts?",
        choices={
            "RMSProp": "Then dividing by the root of the average would help on any problem.",
            "both alike": "Then the data would decide on the speed, and not the rule.",
            "gradient descent": "RMSProp ends hopping, and its hops must fit into the tolerance. "
            "So its lr has to be small, and its steps are short from the beginning.",
        },
        measure=_race_on_the_data,
    ),
    "turned": Question(
        text="Now bowl and start are turned together by 45°. Each rule gets its best learning rate "
        "for the turned bowl. RMSProp or gradient descent: which needs fewer iterations from its "
        "worst start? Alike are two within a fifth of each other.",
        choices={
            "RMSProp": "Then it would adapt to the directions of the bowl, wherever they point.",
            "both alike": "RMSProp has one rate for each axis. In the turned bowl steep and flat "
            "lie across the axes, and both rates must suit the steep one.",
            "gradient descent": "It is the faster one, but by less than a fifth.",
        },
        measure=_race_on_the_turned_bowl,
    ),
    "seldom": NumberQuestion(
        text="A gradient is 1 at every 10th iteration, and 0 between. beta is 0.9. Which part of "
        "the way does RMSProp make, compared with a gradient that is 1 at every iteration? Give it "
        "as a part, such as 0.5.",
        measure=_share_of_every_tenth,
        meanings=(
            (
                lambda: 0.1,
                "That is gradient descent: a tenth of the gradients, a tenth of the way.",
            ),
            (lambda: 10.0, "That is gradient descent, in percent."),
            (lambda: 1.0, "Then longer steps would make up for all that are missing."),
            (
                lambda: sqrt(0.1),
                "Then each step would be as long as the very first one. But after ten iterations a "
                "third of the last square is still in the average.",
            ),
            (
                lambda: share_of_way(rmsprop, 10) * 10,
                "That is how much longer each step is. But there are ten times fewer of them.",
            ),
            (
                lambda: share_of_way(rmsprop, 10) * 100,
                "That is in percent.",
            ),
        ),
        explains="Each step is longer, but there are ten times fewer.",
    ),
    "jumping": Question(
        text="Every 100 iterations y becomes −y. Each rule gets its best learning rate, and "
        "RMSProp's beta is 0.9. Whose parameters are nearer to the best ones, on the mean?",
        choices={
            "RMSProp": "Then to forget old gradients would be what counts.",
            "both alike": "Then every rule with a fixed lr would follow equally well.",
            "gradient descent": "Its steps are long where the target is far, and short where it "
            "is near. With beta 0.9 RMSProp moves by about lr wherever it is: it comes late, or it "
            "hops widely.",
        },
        measure=_nearest_to_the_jumping_target,
    ),
    "noise_floor": Question(
        text="RMSProp sees 10 points at a time. After many iterations its loss stays above the "
        "minimum. What becomes of the mean distance of the loss from its minimum, if lr is halved?",
        choices={
            "nothing": "Then the noise of the data alone would decide.",
            "it becomes half": "A push by the noise is proportional to lr. Later steps shrink it, "
            "and need a number of steps proportional to 1/lr. So that many pushes are present at "
            "once, and their squares add up: lr² · 1/lr = lr.",
            "it becomes a quarter": "That holds for all data at once: the loss goes with the "
            "square of the hops.",
        },
        measure=_noise_of_half_the_lr,
    ),
}


def _largest_lr(tolerance=1e-4, factor=8.0):
    """Return the lr whose cycle lies at the tolerance: tolerance = lr² Σ|H| / 8."""
    return sqrt(factor * tolerance / np.abs(linear_regression().hessian).sum())


def _sparse_step(k=5, lr=0.1):
    path = run(Sparse(k), rmsprop, n_steps=100 * k + 1, lr=lr)
    return float(np.abs(np.diff(path.theta[-2:, 1]))[0])


def _falls(n=400):
    path = run(Sparse(1), adagrad, n_steps=n)
    steps = np.diff(path.theta[:, 0])
    return steps[0] / steps[-1]


TASKS = {
    "largest_lr": Task(
        right=_largest_lr,
        explains="A smaller tolerance needs a smaller lr, and so more iterations, from the very "
        "first one on.",
        mistakes=(
            (
                lambda: _largest_lr(factor=4.0),
                "The factor 1/2 of the loss is missing: it is 1/2 · (lr/2)² · ΣH.",
            ),
            (
                lambda: _largest_lr(factor=2.0),
                "This takes lr as the distance from the optimum. The distance is half of it.",
            ),
            (lambda: _largest_lr() ** 2, "This is the square of lr. The root is missing."),
            (lambda: _largest_lr(0.01), "This is the lr for the tolerance 0.01."),
            (
                lambda: sqrt(8e-4 / linear_regression().curvatures()[-1]),
                "Here λmax stands in the place of the sum of all four entries of H.",
            ),
        ),
    ),
    "sparse_step": Task(
        right=_sparse_step,
        explains="It is lr · √((1 − βᵏ) / (1 − β)), and a fifth of it for each iteration.",
        mistakes=(
            (
                lambda: 0.1 / sqrt(1 - 0.9),
                "This is the first step. The average has not forgotten the gradient that came five "
                "iterations ago.",
            ),
            (lambda: 0.1, "This is the step of a gradient that comes at every iteration."),
            (lambda: _sparse_step() / 5, "This is the way for each iteration, not for each step."),
            (lambda: 0.1 * sqrt(5), "Then the average would be the plain mean of all squares."),
            (
                lambda: 0.1 * (1 - 0.9**5) / (1 - 0.9),
                "This is the step without the root.",
            ),
            (lambda: 0.1 * sqrt(1 - 0.9**5), "1 − β is missing under the root."),
            (
                lambda: 0.1 * sqrt((1 - 0.9) / (1 - 0.9**5)),
                "The fraction is upside down: a small average makes a long step.",
            ),
            (lambda: _sparse_step(6), "This is the step at every 6th iteration."),
            (lambda: _sparse_step(4), "This is the step at every 4th iteration."),
        ),
    ),
    "adagrad_falls": Task(
        right=_falls,
        explains="The sum grows with the number of steps, and the step is divided by its root. "
        "RMSProp's average stays where it is, and so do its steps.",
        mistakes=(
            (lambda: 400, "The sum is so many times larger. The step is divided by its root."),
            (lambda: 1, "Then AdaGrad would take the mean of the squares. It takes their sum."),
            (lambda: 1 / _falls(), "The fraction is upside down: first step by last step."),
        ),
    ),
}
