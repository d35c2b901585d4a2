"""What the tests look for in a notebook: each check returns what is wrong, in words."""

import ast
import base64
import contextlib
import io
import itertools
import re
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from drawn import HALF_A_PIXEL, expected_line, numbers_of
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread

from rmsprop_lesson import scenes
from rmsprop_lesson.board import Board
from rmsprop_lesson.verdicts import Verdict

CLONE = Path(__file__).parents[1]
NOTEBOOKS = sorted((CLONE / "notebooks").glob("*.ipynb"))
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAME = re.compile(r"\b\d\d_[a-z_]+\b")
NOT_WRITTEN_YET = "my_rmsprop stopped"


def cells_of(path):
    return nbformat.read(path, 4).cells


def markdown(cells):
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


def code(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


# ---- what is stored ----


def not_run(cells):
    """Name the cells that do not stand where they ran: nbval compares only what has a number."""
    return [
        f"cell {number} has the count {cell.execution_count}"
        for number, cell in enumerate(code(cells), start=1)
        if cell.execution_count != number
    ]


def bad_pictures(cells):
    """Name the stored pictures in which nothing can be seen."""
    return [
        f"the picture of cell {cell.execution_count} {wrong}"
        for cell in code(cells)
        for output in cell.outputs
        if "image/png" in output.get("data", {}) and (wrong := _flaw(output.data["image/png"]))
    ]


def _flaw(png):
    try:
        pixels = imread(io.BytesIO(base64.b64decode(png)))
    except Exception as error:
        return f"is no PNG ({type(error).__name__})"
    return "" if pixels.std() > 0 else "is blank"


# ---- links ----


def broken_links(text, path):
    """Name the links of a text that stands in ``path``, and the notebooks it names, to nowhere."""
    links = [link for link in LINK.findall(text) if "://" not in link]
    broken = [f"no {link}" for link in links if not _leads_somewhere(link, path)]
    known, said = {each.stem for each in NOTEBOOKS}, LINK.sub("]", text)
    return broken + [f"no notebook {name}" for name in NAME.findall(said) if name not in known]


def _leads_somewhere(link, path):
    file, _, section = link.partition("#")
    target = path.parent / file if file else path
    return target.exists() and (not section or section in sections(target))


def sections(path):
    """Return what links call the headings of a page: of a notebook as JupyterLab does."""
    if path.suffix == ".ipynb":
        text = "\n".join(markdown(cells_of(path)))
        return {heading.replace(" ", "-") for heading in _headings(text)}
    return {_slug(heading) for heading in _headings(path.read_text("utf-8"))}


def _headings(text):
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+ (.+)$", text, re.MULTILINE)


def _slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# ---- what the cells show when they run ----


class Shown(NamedTuple):
    """A cell that was run twice: its last value, what it printed each time, and its figures."""

    cell: nbformat.NotebookNode
    value: object
    printed: tuple
    figures: tuple


def run_twice(path):
    """Run each cell of a notebook two times in a row, as a reader may; return what they show."""
    scope, shown = {"__name__": "__main__"}, []
    plt.switch_backend("agg")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)
        for cell in code(cells_of(path)):
            printed, figures = [], []
            patch.setattr(plt, "show", lambda: figures.append(plt.gcf()))  # noqa: B023
            for _ in range(2):
                figures.clear()
                with contextlib.redirect_stdout(io.StringIO()) as out:
                    value = execute(cell.source, scope)
                printed.append(out.getvalue())
            shown.append(Shown(cell, value, tuple(printed), tuple(figures)))
    plt.close("all")
    return shown


def execute(source, scope):
    """Run a cell as a kernel does; return the value of its last line, if that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), scope)
    return (
        None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), scope)
    )


def boards(shown):
    return [each.value for each in shown if isinstance(each.value, Board)]


def lost_pictures(shown):
    """Name the cells that show a picture and do not store it, or store one and do not show it."""
    lost = []
    for each in shown:
        shows = isinstance(each.value, Board) or bool(each.figures)
        stores = any("image/png" in output.get("data", {}) for output in each.cell.outputs)
        if shows != stores:
            does = "shows a picture and stores none" if shows else "stores a picture and shows none"
            lost.append(f"cell {each.cell.execution_count} {does}")
    return lost


def wrong_verdicts(shown):
    """Name the solutions that are not right, and what is right before anybody has solved it."""
    wrong = []
    for each in shown:
        if isinstance(each.value, Verdict):
            solution = "solution" in each.cell.metadata.get("tags", ())
            if bool(each.value) != solution:
                kind = "solution" if solution else "open task"
                wrong.append(f"the {kind} in cell {each.cell.execution_count}: {each.value}")
    return wrong


# ---- what is drawn in the stored picture ----


def wrong_lines(board):
    """Name the lines of a board's picture that are not where its atlas, which is what the browser
    gets, has them. Formulas and the fitted line are in no atlas: tests/test_figures.py has them.
    """
    board.reset()
    numbers, at, wrong = numbers_of(board, board.values), board.player.iteration, []
    for panel, ax in zip(board.player.scene["panels"], _figure_of(board).axes, strict=True):
        artists = {each.get_label(): each for each in (*ax.lines, *ax.collections)}
        for line in panel["lines"]:
            wanted = expected_line(panel, line, numbers, at)
            if wanted is None:
                continue
            points, inside = wanted
            if panel["over"] in ("bars", "past"):
                points = points[1::3]
            drawn = _points(ax, artists[line["label"]])[: len(points)]
            if drawn.shape != points.shape or _apart(drawn, points, inside) > HALF_A_PIXEL:
                wrong.append(f"{line['label']} in {panel['name']}")
    return wrong


def _figure_of(board):
    """Return the figure that becomes the board's picture."""
    figures, print_png = [], FigureCanvasAgg.print_png

    def note(canvas, *arguments, **named):
        figures.append(canvas.figure)
        return print_png(canvas, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FigureCanvasAgg, "print_png", note)
        board.png()
    return figures[0]


def _points(ax, artist):
    """Return the points of a line, or the ends of stems, in the units of a panel's picture."""
    if hasattr(artist, "get_segments"):
        xy = np.array([segment[1] for segment in artist.get_segments() if len(segment)])
    else:
        xy = artist.get_xydata()
    xy = xy[np.isfinite(xy).all(axis=1)]
    across, up = ax.transAxes.inverted().transform(ax.transData.transform(xy)).T
    left, bottom, wide, high = scenes.BOX
    return 72 * np.transpose(
        [scenes.WIDTH * (left + across * wide), scenes.HEIGHT * (1 - bottom - up * high)]
    )


def _apart(drawn, points, inside):
    return np.abs(drawn - points)[inside[: len(points)]].max(initial=0)


# ---- controls ----


def control_errors(board):
    """Move every control to all its positions and corners, as a browser does; name what fails.

    Jupyter puts an error in a callback into the kernel's log, where no reader and no nbval sees it.
    """
    errors = []
    for setting in _settings(board):
        said = ", ".join(f"{name} = {value:g}" for name, value in setting.items())
        try:
            board.reset()
            for name, value in setting.items():
                positions = board.dials[name].positions
                board.sliders[name].set_state({"index": positions.index(value)})
            errors += [f"at {said}: {wrong}" for wrong in _wrong_at(board, setting)]
        except Exception as error:
            errors.append(f"moved to {said}: {type(error).__name__}: {error}")
    for what, control, state in _other_moves(board):
        try:
            board.reset()
            control.set_state(state)
        except Exception as error:
            errors.append(f"{what} given {state}: {type(error).__name__}: {error}")
    board.reset()
    return errors


def _settings(board):
    for name, dial in board.dials.items():
        for position in dial.positions:
            yield {name: position}
    yield from corners(board)


def corners(board):
    """Return the settings with every slider at one of its ends."""
    ends = [(dial.positions[0], dial.positions[-1]) for dial in board.dials.values()]
    return [dict(zip(board.dials, each, strict=True)) for each in itertools.product(*ends)]


def _wrong_at(board, setting):
    if board.values != board.first | setting:
        yield f"the board shows {board.values}"
    for run in board.player.exact["runs"]:
        error = (run or {}).get("error", NOT_WRITTEN_YET)
        if not error.startswith(NOT_WRITTEN_YET):
            yield error


def _other_moves(board):
    for name, dial in board.dials.items():
        first, last = dial.positions[0], dial.positions[-1]
        for typed in (f"{(first + last) / 2!r}", "", "a word", "-1e9"):
            yield f"the box of {name}", board.boxes[name], {"value": typed}
    for row in (0, board.n_steps):
        yield "the player", board.player, {"iteration": row}
        yield "the scrubber", board.scrubber, {"value": row}
        yield "the box of the iteration", board.step_box, {"value": row}
