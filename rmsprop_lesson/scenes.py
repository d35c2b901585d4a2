"""Scenes: what stands still in a panel, drawn once by matplotlib, with its scales."""

import io
from functools import lru_cache

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from .figures import DRAW

PANELS = tuple(DRAW)
WIDTH, HEIGHT = 4.6, 3.1
BOX = (0.125, 0.15, 0.79, 0.75)  # left, bottom, width, height: the same for all, so nothing jumps
OVER = {"plane": "theta", "fit": "x", "loss": "iteration", "rates": "iteration"}
DESCRIPTIONS = {
    "plane": "The plane of the two parameters: contours of the loss, start, optimum and path.",
    "loss": "The loss and its distance to the minimum over the iterations, on a log scale.",
    "fit": "The data, the least-squares line, and the line of the present iteration.",
    "rates": "The effective learning rates and λmax(PH) over the iterations, on a log scale, "
    "with the line 2, above which a step is unstable.",
}
GONE = {
    "plane": "The point is outside this window.",
    "loss": "The loss is outside this window.",
    "fit": "The line is outside this window.",
    "rates": "A value is outside this window.",
}


@lru_cache(maxsize=32)
def scene(problem, panel, n_steps):
    """Return the still part of a panel as SVG, with the box of its axes and their scales.

    ``box`` is (left, top, right, bottom) in the units of the SVG's view box. On a log axis the
    scale ``y`` is in log10.
    """
    figure = Figure(figsize=(WIDTH, HEIGHT))
    ax = figure.add_axes(BOX)
    DRAW[panel](ax, problem, n_steps=n_steps)
    drawn = io.StringIO()
    FigureCanvasSVG(figure).print_svg(drawn, metadata={"Date": None, "Creator": None})
    width, height = 72 * WIDTH, 72 * HEIGHT
    left, bottom, wide, high = BOX
    log = ax.get_yscale() == "log"
    return {
        "name": panel,
        "over": OVER[panel],
        "svg": drawn.getvalue(),
        "width": width,
        "height": height,
        "box": [
            left * width,
            (1 - bottom - high) * height,
            (left + wide) * width,
            (1 - bottom) * height,
        ],
        "x": list(map(float, ax.get_xlim())),
        "y": [float(np.log10(y) if log else y) for y in ax.get_ylim()],
        "description": DESCRIPTIONS[panel],
        "gone": GONE[panel],
        "absent": "This rule has no such numbers.",
    }


def picture(problem, panels, paths, iteration, n_steps):
    """Return all panels with their paths as one PNG."""
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(WIDTH * columns, HEIGHT * rows), dpi=90, layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for ax, panel in zip(axes, panels, strict=False):
        DRAW[panel](ax, problem, paths, iteration, n_steps)
    for ax in axes[len(panels) :]:
        ax.set_visible(False)
    drawn = io.BytesIO()
    FigureCanvasAgg(figure).print_png(drawn, metadata={"Software": None})
    return drawn.getvalue()
