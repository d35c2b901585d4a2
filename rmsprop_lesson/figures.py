"""Static pictures of a problem and of the paths on it: draw_*(ax, problem, ...).

Each function draws the part that does not move (the scene) and, where paths are given, the
part that does. The explorer shows the scenes in the browser and moves the rest there, so scenes
and moving lines share the windows and the line styles of this module.
"""

from dataclasses import dataclass

import numpy as np

from .arguments import real_numbers
from .families import FRACTIONS, contour_levels

INK, GREY, GRID = "#1a1a1a", "#595959", "#dddddd"
CONTOUR = "#757575"  # seen on the darkest ground, too
DATA, OPTIMUM, START = "#56B4E9", "#000000", "#595959"
COLOURS = ("#D55E00", "#0072B2", "#004D40", "#CC79A7", "#8020E0", "#604000")  # all eyes part them
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
DASHES = ((), (7, 3), (2, 2), (8, 3, 2, 3), (1.5, 4), (12, 3))
MOST_POINTS = 2000  # that are drawn one by one: more become a picture, which a browser can bear
RATES_DASHES = (  # of both effective learning rates and of λmax(PH), for each path
    ((), (6, 2.5), (8, 3, 2, 3)),
    ((9, 2), (9, 2, 1.5, 2), (1.5, 5)),
    ((4, 1.5), (4, 1.5, 1, 1.5), (1, 1)),
    ((14, 3), (14, 3, 2, 3, 2, 3), (3, 6)),
    ((1.5, 3), (3, 1.5), (1.5, 9)),
)


@dataclass(frozen=True)
class Line:
    """How one moving line of a panel looks: which number it shows, its label, colour, dashes.

    ``across`` is the number to the right in a plane. ``formula`` names what the player computes:
    the loss from the excess, or λmax(PH) from the effective learning rates. ``marked`` lines have
    a marker at the present iteration, which says where it has left the window.
    """

    show: str
    label: str
    colour: str
    dashes: tuple
    width: float
    across: str = ""
    formula: str = ""
    marked: bool = True


def plane_window(problem):
    """Return ((x low, x high), (y low, y high)) of the theta plane, start and optimum inside.

    Many problems as one have one window for all.
    """
    points = np.concatenate([problem.start.reshape(-1, 2), problem.optimum.reshape(-1, 2)])
    low, high = points.min(axis=0), points.max(axis=0)
    room = 1.15 if problem.start.ndim == 1 else 0.7
    half = room * max((high - low).max(), 1e-3)
    return tuple((float(m - half), float(m + half)) for m in (low + high) / 2)


def excess_in(window, problem):
    """Return x, y and the excess loss on a grid of the theta plane."""
    x, y = np.meshgrid(*(np.linspace(low, high, 121) for low, high in window))
    return x, y, problem.excess(np.stack([x, y], axis=-1))


def loss_window(problem):
    """Return (low, high) of the loss: from rounding noise to well above the start."""
    highest = np.max(problem.loss(problem.start))
    return 1e-12, float(10 ** np.ceil(np.log10(max(highest, 1e-6)) + 1))


def fit_window(problem):
    """Return ((x low, x high), (y low, y high)) of the data and the line that a run starts with."""
    x_low, x_high = min(0.0, problem.X.min()), problem.X.max()
    margin = 0.05 * (x_high - x_low)
    first = problem.start[0] + problem.start[1] * np.array([x_low, x_high])
    y_low, y_high = min(0.0, problem.y.min(), *first), max(problem.y.max(), *first)
    room = 0.1 * (y_high - y_low) or 1.0
    return (x_low - margin, x_high + margin), (y_low - room, y_high + room)


RATES_WINDOW = 1e-4, 1e2


def lines_of(panel, problem, path, name):
    """Return the moving lines of a panel for path number 0, 1, ... of the rule called name."""
    colour, dashes = COLOURS[path], DASHES[path]
    if panel == "loss":
        return (
            Line("loss", f"loss, {name}", colour, dashes, 2.8, formula="loss"),
            Line("excess", f"loss − minimum, {name}", colour, dashes, 1.4),
        )
    if panel == "rates":
        names = problem.names
        marks = RATES_DASHES[path]
        return (
            Line("effective_lr_0", f"{names[0]}, {name}", colour, marks[0], 1.8),
            Line("effective_lr_1", f"{names[1]}, {name}", colour, marks[1], 1.8),
            Line(
                "stability",
                f"λmax(PH), {name}",
                INK if path == 0 else GREY,
                marks[2],
                2.2,
                formula="stability",
            ),
        )
    show = "theta_1" if panel == "plane" else panel
    return (Line(show, name, colour, dashes, 2.0, across="theta_0"),)


def draw_plane(ax, problem, paths=(), iteration=None, n_steps=200, family=None):
    """Draw the theta plane: contours of the loss, start, optimum and paths.

    Parameters
    ----------
    ax : matplotlib Axes
    problem : a Quadratic with two parameters; many as one leave out what they do not share
    paths : sequence of (name, Trajectory)
    iteration : int, where the marker stands; by default at the end
    n_steps : int, where the axis of iterations ends
    family : many problems as one, whose window and contours shall be used

    Returns
    -------
    list of the moving artists
    """
    window = plane_window(family or problem)
    if problem.start.ndim == 1:
        x, y, excess = excess_in(window, problem)
        levels = excess.max() * np.array(FRACTIONS) if family is None else contour_levels(family)
        filled = [0, *levels, max(excess.max(), 2 * levels[-1])]
        ax.contourf(x, y, excess, filled, cmap="Greys", alpha=0.25)
        ax.contour(x, y, excess, levels, colors=CONTOUR, linewidths=0.6)
        ax.plot(*problem.start, "s", color=START, markersize=6)
        ax.annotate("start", problem.start, (7, -4), textcoords="offset points", color=INK)
    optimum = problem.optimum.reshape(-1, 2)[0]
    ax.plot(*optimum, "*", color=OPTIMUM, markersize=11)
    ax.annotate("optimum", optimum, (8, -12), textcoords="offset points", color=INK)
    label_axes(ax, "Path of the parameters", *problem.names)
    ax.set(xlim=window[0], ylim=window[1])
    artists = []
    for number, (name, path) in enumerate(paths):
        (line,) = lines_of("plane", problem, number, name)
        at = _row(path, iteration)
        artists += _plot(ax, line, path.theta[:, 0], path.theta[:, 1])
        artists += ax.plot(*path.theta[at], "o", color=line.colour, markeredgecolor="white")
    if len(paths) > 1:
        artists.append(
            ax.legend(handles=artists[::2], fontsize=7, loc="upper left", framealpha=0.85)
        )
    return artists


def draw_loss(ax, problem, paths=(), iteration=None, n_steps=200, family=None):
    """Draw the loss over the iterations on a log scale, its minimum, and loss − minimum.

    Parameters and return value as for ``draw_plane``.
    """
    log_axis(ax, loss_window(family or problem), (0, n_steps))
    mark_value(ax, problem.minimum)
    label_axes(ax, "Loss", "iteration", "", "dotted: its minimum")
    return _draw_over_iterations(ax, "loss", problem, paths, iteration)


def draw_rates(ax, problem, paths=(), iteration=None, n_steps=200, family=None):
    """Draw the effective learning rates, λmax(PH), and the limits above which steps are unstable.

    With P = diag(effective learning rates) and H the Hessian, a step multiplies the error by
    I − PH. While λmax(PH) < 2 the loss falls in this step, whatever the error is. For that it is
    enough that both rates are below 2/λmax(H); with both above it, λmax(PH) > 2.

    Parameters and return value as for ``draw_plane``.
    """
    limit = 2 / np.max(problem.curvatures())
    log_axis(ax, RATES_WINDOW, (0, n_steps))
    mark_value(ax, 2)
    mark_value(ax, limit)
    label_axes(ax, "Effective learning rates", "iteration", "", "dotted: the two limits")
    return _draw_over_iterations(ax, "rates", problem, paths, iteration)


def draw_fit(ax, problem, paths=(), iteration=None, n_steps=200, family=None):
    """Draw the article's picture: the data, the least-squares line, the line of the iteration.

    Parameters and return value as for ``draw_plane``. The problem has data X and y.
    """
    xlim, ylim = fit_window(problem)
    ends = np.array(xlim)
    ax.plot(
        problem.X,
        problem.y,
        "o",
        color=DATA,
        markersize=4,
        markeredgecolor="#2b7bb0",
        markeredgewidth=0.5,
        rasterized=len(problem.X) > MOST_POINTS,
    )
    ax.plot(
        ends,
        problem.optimum[0] + problem.optimum[1] * ends,
        color=OPTIMUM,
        linewidth=0.9,
        linestyle=(0, (1, 1)),
    )
    still = ax.lines[:]
    label_axes(ax, "Data and fitted line", "X", "y")
    ax.set(xlim=xlim, ylim=ylim)
    artists = []
    for number, (name, path) in enumerate(paths):
        (line,) = lines_of("fit", problem, number, name)
        intercept, slope = path.theta[_row(path, iteration)]
        artists += _plot(ax, line, ends, intercept + slope * ends)
    labels = ["data", "least squares", *(artist.get_label() for artist in artists)]
    ax.legend([*still, *artists], labels, loc="upper left", frameon=False, fontsize=8)
    return artists


DRAW = {"plane": draw_plane, "loss": draw_loss, "fit": draw_fit, "rates": draw_rates}


def stability(problem, effective_lr):
    """Return λmax(PH), P = diag(effective_lr): (..., 2) -> (...).

    For two parameters PH has trace t and determinant d, and λmax = t/2 + sqrt(t²/4 − d).
    """
    hessian = getattr(problem, "hessian", None)
    if np.shape(hessian)[-2:] != (2, 2):
        raise ValueError(f"problem must have a Hessian of two parameters, not {problem!r}")
    effective_lr = real_numbers("effective_lr", effective_lr)
    if effective_lr.shape[-1:] != (2,):
        raise ValueError(f"effective_lr must have shape (..., 2), not {effective_lr.shape}")
    with np.errstate(all="ignore"):
        first = effective_lr[..., 0] * hessian[..., 0, 0]
        second = effective_lr[..., 1] * hessian[..., 1, 1]
        across = effective_lr[..., 0] * effective_lr[..., 1] * hessian[..., 0, 1] ** 2
        return (first + second) / 2 + np.sqrt(((first - second) / 2) ** 2 + across)


def _draw_over_iterations(ax, panel, problem, paths, iteration):
    artists = []
    for number, (name, path) in enumerate(paths):
        at = _row(path, iteration)
        for line in lines_of(panel, problem, number, name):
            values = _values(line.show, problem, path)
            if values is None:
                continue
            artists += _plot(ax, line, np.arange(len(values)), values)
            if at < len(values):
                artists += ax.plot(
                    at, values[at], "o", color=line.colour, markeredgecolor="white", markersize=5
                )
    if artists:
        place = {"loss": "lower left", "rates": "lower right"}[panel]
        artists.append(ax.legend(fontsize=7, loc=place, framealpha=0.85))
    return artists


def _values(show, problem, path):
    if show in ("loss", "excess"):
        return getattr(path, show)
    if path.effective_lr is None:
        return None
    if show == "stability":
        return stability(problem, path.effective_lr)
    return path.effective_lr[:, int(show[-1])]


def _plot(ax, line, x, y):
    style = (0, line.dashes) if line.dashes else "-"
    return ax.plot(x, y, color=line.colour, linestyle=style, linewidth=line.width, label=line.label)


def _row(path, iteration):
    last = len(path.theta) - 1
    return last if iteration is None else min(iteration, last)


def mark_value(ax, value):
    """Draw a dotted horizontal line with its value to the right of the axes, if it is inside."""
    low, high = ax.get_ylim()
    if not low <= value <= high:
        return
    ax.axhline(value, color=INK, linewidth=0.9, linestyle=(0, (1, 1)))
    ax.annotate(
        f"{value:.3g}",
        (1, value),
        (7, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        color=INK,
    )


def log_axis(ax, window, iterations):
    """Make the axis y logarithmic, with few ticks, and set both windows."""
    from matplotlib.ticker import LogLocator, NullLocator  # late, as in scenes.py

    ax.set(yscale="log", xlim=iterations, ylim=window)
    ax.yaxis.set_major_locator(LogLocator(numticks=8))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(lambda value, _: power_of_ten(value))
    ax.grid(color=GRID, linewidth=0.6)


def power_of_ten(value):
    """Return 10⁻³ for 0.001, in plain letters: matplotlib takes long to typeset mathematics."""
    return "10" + str(round(np.log10(value))).translate(RAISED)


def label_axes(ax, title, x, y, key=""):
    """Write the title, a key to the right of it, and the names of the axes."""
    ax.set_title(title, fontsize=11, color=INK, loc="left", y=1)
    ax.set_title(key, fontsize=8, color=INK, loc="right", y=1)
    ax.set_xlabel(x, fontsize=9, color=INK)
    ax.set_ylabel(y, fontsize=9, color=INK)
    ax.tick_params(labelsize=8, colors=INK)
    ax.spines[["top", "right"]].set_visible(False)
    for text in ax.texts:
        text.set_fontsize(8)
