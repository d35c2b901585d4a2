"""The charts of notebook 08_find_the_limits on a bowl and on the article's data."""

from functools import partial

import numpy as np

from ..arguments import positive_number, real_numbers
from ..charts import Chart, Panel, Series
from ..dials import dial
from ..figures import draw_plane, plane_window, stability
from ..problems import linear_regression, quadratic_bowl
from ..trajectory import run
from .vote_labs import BETA


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
        "Lengths of the steps / lr",
        xlim=(0, 100),
        ylim=(1e-4, 1e2),
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
        "says": [_apart_in_words(each) for each in apart],
    }


def _apart_in_words(apart):
    if not np.isfinite(apart):
        return "The distance of RMSProp from sign descent is not finite"
    return f"RMSProp and sign descent are apart by at most {apart:.2g}"


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
    excess = real_numbers("excess", excess)
    if excess.ndim != 1:
        raise ValueError(f"excess must have shape (rows,), not {excess.shape}")
    low, high = positive_number("low", low), positive_number("high", high)
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
