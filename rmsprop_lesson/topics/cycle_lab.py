"""The cycle lab: how the averages fall, the effective learning rates climb, and the hops begin."""

from functools import partial

import numpy as np

from ..charts import Chart, Panel, Series
from ..dials import dial
from ..figures import CONTOUR, INK, OPTIMUM, stability
from ..problems import linear_regression
from ..trajectory import run

N_STEPS = 300
LR = (0.025, 0.05, 0.1, 0.2)
BETA = (0.0, 0.5, 0.9, 0.95)
EPSILON = (1e-8, 1e-6, 1e-4, 0.001, 0.002, 0.003, 0.01, 0.011, 0.02, 0.03, 0.04, 0.042, 0.043)
EPSILON += (0.05, 0.1, 0.15, 0.2)  # the thresholds of the four lr: 0.00267, 0.0107, 0.0427, 0.171
WINDOW = 0.13


def loss_floor(problem, lr):
    """Return how far the loss of the cycle lies above the minimum: 1/2 (lr/2)^2 sum |H_ij|.

    In the cycle every parameter is lr/2 beside the optimum. With two parameters their errors have
    the signs with which the sizes of all entries of H add up. Epsilon is taken as zero, beta as
    above zero.

    Parameters
    ----------
    problem : a Quadratic with two parameters
    lr : float or array

    Returns
    -------
    float, or array shaped like lr
    """
    return np.square(lr / 2) / 2 * np.abs(problem.hessian).sum()


def epsilon_threshold(problem, lr):
    """Return the epsilon from which on every step is stable: (lr λmax(H) / 2)^2.

    The effective learning rates never exceed lr/√epsilon. At the threshold that is 2/λmax(H).

    Parameters and return value as for ``loss_floor``.
    """
    return np.square(lr * problem.curvatures()[-1] / 2)


def moving_averages(gradient, beta):
    """Return the moving average of squared gradients that each step uses.

    Parameters
    ----------
    gradient : (rows, ...) the gradients of a run
    beta : float or array that broadcasts to one row

    Returns
    -------
    (rows, ...) : row k holds the average after the gradient of row k has entered
    """
    averages = np.empty_like(gradient)
    average = np.zeros_like(gradient[0])
    for row, each in enumerate(gradient):
        average = beta * average + (1 - beta) * each**2
        averages[row] = average
    return averages


def cycle_series(problem, n_steps=N_STEPS, *, lr, beta, epsilon):
    """Return what the cycle lab shows: dict of name to (n_steps + 1,).

    ``average``, ``rate`` (effective learning rate) and ``off`` (distance from the optimum, with its
    sign) of both parameters, ``stability`` (λmax(PH)) and ``excess``; and as constants
    ``epsilon``, its ``threshold`` and the ``floor`` of the loss. Row t has what iteration t starts
    from, and the average and the rates of the step that it takes.

    Parameters
    ----------
    problem : a Quadratic with two parameters
    n_steps : int
    lr, beta, epsilon : floats, or arrays (k,) for k settings; then (n_steps + 1, k) is returned
    """
    path = run(problem, n_steps=n_steps + 1, lr=lr, beta=beta, epsilon=epsilon)
    average = moving_averages(path.gradient[:-1], np.asarray(beta)[..., None])
    off = path.theta[:-1] - problem.optimum
    constant = partial(np.multiply.outer, np.ones(n_steps + 1))
    return {
        "average 0": average[..., 0],
        "average 1": average[..., 1],
        "epsilon": constant(epsilon),
        "threshold": constant(epsilon_threshold(problem, lr)),
        "rate 0": path.effective_lr[..., 0],
        "rate 1": path.effective_lr[..., 1],
        "stability": stability(problem, path.effective_lr),
        "off 0": off[..., 0],
        "off 1": off[..., 1],
        "excess": path.excess[:-1],
        "floor": constant(loss_floor(problem, lr)),
    }


def in_words(series):
    """Say of one setting on which side of its threshold epsilon lies, and what follows."""
    epsilon, threshold = series["epsilon"][0], series["threshold"][0]
    unstable = series["stability"] > 2
    side = "below" if epsilon < threshold else "above"
    when = f"exceeds 2 first at step {unstable.argmax() + 1}" if unstable.any() else "stays below 2"
    last = [series[name][-1] for name in ("off 0", "off 1")]
    if not np.isfinite(last).all():
        return "The run leaves the finite numbers."
    off = " and ".join(f"{each:.2g}" for each in last)
    return (
        f"Epsilon lies {side} its threshold, {threshold:.3g}. λmax(PH) {when}. At the end "
        f"intercept and slope are off by {off}."
    )


def cycle_lab():
    """Return the chart of averages, effective learning rates, path and loss, with three dials."""
    problem = linear_regression()
    return Chart(
        partial(_compute, problem),
        (dial("lr", LR), dial("beta", BETA), dial("epsilon", EPSILON)),
        _panels(problem),
        title="Cycle",
        n_steps=N_STEPS,
        many=partial(_compute_many, problem),
    )


def each_in_words(words, series):
    """Return words(series) of each of k settings, where the series have shape (rows, k)."""
    columns = {name: values.T for name, values in series.items()}
    settings = zip(*columns.values(), strict=True)
    return [words(dict(zip(columns, setting, strict=True))) for setting in settings]


@np.errstate(all="ignore")  # whatever is typed
def _compute(problem, **setting):
    series = cycle_series(problem, **setting)
    return series | {"says": in_words(series)}


def _compute_many(problem, **settings):
    series = cycle_series(problem, **settings)
    return series | {"says": each_in_words(in_words, series)}


def _panels(problem):
    over_iterations = {"xlim": (0, N_STEPS), "log": True}
    averages = Panel(
        "averages",
        "Moving averages and epsilon",
        ylim=(1e-9, 1e3),
        lines=(
            Series("average 0", "average of the intercept"),
            Series("average 1", "average of the slope"),
            Series("epsilon", "epsilon", False, INK, dashes=(), width=1.2, marked=False),
            Series("threshold", "threshold of epsilon", False, INK, (1, 2), marked=False),
        ),
        **over_iterations,
    )
    rates = Panel(
        "rates",
        "Effective learning rates",
        ylim=(1e-3, 30),
        lines=(
            Series("rate 0", "rate of the intercept"),
            Series("rate 1", "rate of the slope"),
            Series("stability", "λmax(PH)", colour=INK, dashes=(8, 3, 2, 3)),
        ),
        marks=(2.0, 2 / problem.curvatures()[-1]),
        key="dotted: the two limits",
        **over_iterations,
    )
    path = Panel(
        "path",
        "Path around the optimum",
        xlim=(-WINDOW, WINDOW),
        ylim=(-WINDOW, WINDOW),
        lines=(Series(("off 0", "off 1"), "path", told=False),),
        x="intercept − its best value",
        y="slope − its best value",
        over="plane",
        still=partial(_draw_bowl, problem),
    )
    excess = Panel(
        "excess",
        "Loss above its minimum",
        ylim=(1e-13, 1e2),
        lines=(
            Series("excess", "loss − minimum"),
            Series("floor", "floor of the cycle", False, INK, (1, 2), marked=False),
        ),
        **over_iterations,
    )
    return averages, rates, path, excess


def _draw_bowl(problem, ax):
    """Draw contours of the loss around the optimum, and the optimum."""
    x, y = np.meshgrid(*2 * [np.linspace(-WINDOW, WINDOW, 61)])
    loss = problem.excess(problem.optimum + np.stack([x, y], axis=-1))
    ax.contour(x, y, loss, loss_floor(problem, np.array(LR)), colors=CONTOUR, linewidths=0.6)
    ax.plot(0, 0, "*", color=OPTIMUM, markersize=11)
    ax.set(xticks=(-0.1, -0.05, 0, 0.05, 0.1), yticks=(-0.1, 0, 0.1))
