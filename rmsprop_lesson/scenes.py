"""Scenes: what stands still in a panel, drawn once by matplotlib, with its scales.

matplotlib is imported where something is drawn: a third of a second, which what is kept does not
need.
"""

import contextlib
import io
import warnings
from base64 import b64decode
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from math import inf

import numpy as np

from . import optimizers, problems
from .arguments import name_of
from .atlas import RUNS_IN_A_PIECE
from .binding import offered
from .figures import DRAW, lines_of
from .keeping import kept, to_text

PANELS = tuple(DRAW)
WIDTH, HEIGHT = 4.6, 3.1
BOX = (0.125, 0.15, 0.77, 0.75)  # left, bottom, width, height: the same for all, so nothing jumps
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
    "loss": "A value is outside this window.",
    "fit": "The line is outside this window.",
    "rates": "A value is outside this window.",
}
TEXT_IS_TEXT = {"text.parse_math": False}  # a reader's name may hold a dollar sign


@contextlib.contextmanager
def quiet_fonts():
    """Draw a box for a letter that the font lacks, without a warning in the reader's cell."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


@lru_cache(maxsize=32)
@kept(write=dict, read=dict)
def scene(problem, panel, n_steps):
    """Return the still part of an explorer's panel."""

    def draw(ax):
        DRAW[panel](ax, problem, n_steps=n_steps)

    return still(draw) | {
        "name": panel,
        "over": OVER[panel],
        "description": DESCRIPTIONS[panel],
        "gone": GONE[panel],
        "absent": "This rule has no such numbers.",
    }


def still(draw):
    """Return what ``draw(ax)`` draws as SVG, with the box of its axes and their scales.

    ``box`` is (left, top, right, bottom) in the units of the SVG's view box. On a log axis the
    scale ``y`` is in log10.
    """
    from matplotlib import style
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    drawn = io.StringIO()
    # whatever style the reader has chosen: the lines are made for white; and the same names in all
    with (
        style.context(["default", TEXT_IS_TEXT, {"svg.hashsalt": "rmsprop_lesson"}]),
        quiet_fonts(),
    ):
        figure = Figure(figsize=(WIDTH, HEIGHT))
        ax = figure.add_axes(BOX)
        draw(ax)
        FigureCanvasSVG(figure).print_svg(drawn, metadata={"Date": None, "Creator": None})
    width, height = 72 * WIDTH, 72 * HEIGHT
    left, bottom, wide, high = BOX
    log = ax.get_yscale() == "log"
    return {
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
    }


def explorer_scene(problem, panels, sources, n_steps, dials, first, maker=None):
    """Return all that the player needs to know before it draws, ready for JSON.

    Parameters
    ----------
    problem, panels, n_steps : as for an Explorer; many problems as one where sliders change it
    sources : the rules on screen, each with its atlas
    dials, first : dict of name to Dial, and to the first value
    maker : the function that makes the problem, if there is one
    """
    moving = {
        panel: [
            asdict(line) | {"path": k}
            for k, each in enumerate(sources)
            for line in lines_of(panel, problem, k, each.label)
            if panel != "rates" or offered(each.rule, "effective_lr")
        ]
        for panel in panels
    }
    return {
        "panels": [
            scene(problem, panel, n_steps) | {"lines": lines} for panel, lines in moving.items()
        ],
        "parameters": [parameter_of(dial) for dial in dials.values()],
        "paths": [_path(each) for each in sources],
        "names": list(problem.names),
        "minimum": float(problem.minimum),
        "optimum": problem.optimum.reshape(-1, 2)[0].tolist(),
        "hessian": problem.hessian.reshape(-1, 2, 2)[0].tolist(),
        "n_steps": n_steps,
        "start": n_steps,
        "first": dict(first),
        "imports": _imports([each.rule for each in sources], maker),
    }


def _imports(rules, maker):
    """Return the lines that the code of a run needs before it; what a reader wrote needs none."""
    ours = sorted({name_of(rule) for rule in rules if _is_of(optimizers, rule)})
    lines = [f"from rmsprop_lesson.optimizers import {', '.join(ours)}"] if ours else []
    if maker is not None and _is_of(problems, maker):
        lines.append(f"from rmsprop_lesson.problems import {name_of(maker)}")
    return [*lines, "from rmsprop_lesson.trajectory import run"]


def _is_of(module, function):
    return vars(module).get(name_of(function)) is function


def parameter_of(dial):
    """Return what the player needs to know of a dial."""
    known = dial.parameter
    return {
        "name": known.name,
        "words": known.words,
        "meaning": known.meaning,
        "allowed": known.allowed,
        "lower": known.lower,
        "lower_included": known.lower_included,
        "upper": None if known.upper == inf else known.upper,
        "positions": list(dial.positions),
    }


def _path(source):
    return {
        "name": source.label,
        "call": source.call,
        "fixed": source.fixed,
        "names": source.takes,
    } | atlas_of(source.atlas)


def atlas_of(atlas):
    """Return what the player needs to know of an atlas."""
    if atlas is None:
        return {}
    return {
        "positions": [[name, list(values)] for name, values in atlas.positions.items()],
        "channels": [asdict(channel) for channel in atlas.channels],
        "pieces": len(atlas.pieces),
        "digest": sha256(b"".join(atlas.pieces)).hexdigest(),
        "runs_in_a_piece": RUNS_IN_A_PIECE,
    }


@kept(write=to_text, read=b64decode)
def picture(problem, panels, paths, iteration, n_steps, family=None):
    """Return all panels with their paths as one PNG."""

    def draw(panel, ax):
        DRAW[panel](ax, problem, paths, iteration, n_steps, family)

    return drawn_together(panels, draw)


def drawn_together(panels, draw):
    """Return panels as one PNG, two in a row; ``draw(panel, ax)`` draws each."""
    from matplotlib import style
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    left, bottom, wide, high = BOX
    drawn = io.BytesIO()
    with style.context(["default", TEXT_IS_TEXT]), quiet_fonts():
        figure = Figure(figsize=(WIDTH * columns, HEIGHT * rows), dpi=90)
        for number, panel in enumerate(panels):
            row, column = divmod(number, columns)
            box = (
                (column + left) / columns,
                1 - (row + 1 - bottom) / rows,
                wide / columns,
                high / rows,
            )
            draw(panel, figure.add_axes(box))
        FigureCanvasAgg(figure).print_png(drawn, metadata={"Software": None})
    return drawn.getvalue()
