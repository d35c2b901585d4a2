"""What the page draws, and what it should draw: matplotlib's transform of the trajectory."""

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from rmsprop_lesson import figures, scenes
from rmsprop_lesson.optimizers import rule_parameters
from rmsprop_lesson.trajectory import run

HALF_A_PIXEL = 0.5 * 72 * scenes.WIDTH / 400  # in points, for a panel 400 pixels wide

READ = """(root) => Object.fromEntries([...root.querySelectorAll(".rmsprop-done")].map((line) =>
    [line.dataset.line, line.getAttribute("points")]))"""


def drawn(view):
    """Return {line: (n, 2) points in the units of the panel's picture} of a view's locator."""
    return {
        line: np.array(points.replace(",", " ").split(), float).reshape(-1, 2)
        for line, points in view.evaluate(READ).items()
    }


def expected(problem, rules, values, iteration, n_steps=200, panels=scenes.PANELS):
    """Return the same, from exact runs and matplotlib's own transforms."""
    own = [tuple(_own(rule, values).items()) for rule in rules]
    return _expected(problem, tuple(zip(rules, own, strict=True)), iteration, n_steps, panels)


@cache
def _expected(problem, rules, iteration, n_steps, panels):
    paths = [(rule.__name__, run(problem, rule, n_steps, **dict(own))) for rule, own in rules]
    lines = {}
    for panel in panels:
        figure = Figure(figsize=(scenes.WIDTH, scenes.HEIGHT), dpi=72)
        ax = figure.add_axes(scenes.BOX)
        figures.DRAW[panel](ax, problem, paths, iteration, n_steps)
        labelled = {line.get_label(): line for line in ax.lines}
        for k, (name, path) in enumerate(paths):
            known = bool((np.abs(path.theta[iteration]) < 32.7665).all())  # not a mark in an atlas
            for line in figures.lines_of(panel, problem, k, name):
                data = labelled[line.label].get_xydata()
                rows = data[: 2 * known] if panel == "fit" else data[: iteration + 1]
                points = ax.transData.transform(rows)
                points[:, 1] = 72 * scenes.HEIGHT - points[:, 1]
                lines[f"{panel}-{k}-{line.show}"] = points
    return lines


def assert_same(view, problem, rules, values, iteration, **more):
    """Assert that every line on screen is where it should be, to half a pixel, inside the axes.

    Outside the axes it is cut off. There an atlas may hold a mark instead of the number.
    """
    lines = expected(problem, rules, values, iteration, **more)
    assert_at(view, lines, more.get("panels", scenes.PANELS))


def assert_at(view, lines, panels=scenes.PANELS):
    """Assert the same of lines that are expected."""
    on_screen = {k: v for k, v in drawn(view).items() if k.split("-")[0] in panels}
    assert on_screen.keys() == lines.keys()
    left, bottom, wide, high = scenes.BOX
    low = np.array([left * 72 * scenes.WIDTH, (1 - bottom - high) * 72 * scenes.HEIGHT])
    top = low + [wide * 72 * scenes.WIDTH, high * 72 * scenes.HEIGHT]
    for name, points in lines.items():
        assert on_screen[name].shape == points.shape, name
        inside = ((points >= low) & (points <= top)).all(axis=1)
        if name.startswith("fit"):  # both ends may be outside while the line crosses the window
            inside[:] = np.abs(points).max(initial=0) < 3000
        distance = np.abs(on_screen[name] - points)[inside]
        assert distance.size == 0 or distance.max() < HALF_A_PIXEL, name


def numbers_of(board, values):
    """Return, for each path of a board, {channel: numbers} of a setting's values, or None.

    What is not finite is a number, too, so that it passes through JSON.
    """
    numbers = []
    for source in board.sources:
        known = source.atlas and source.atlas.find(**source.own(values))
        marked = {
            n: np.nan_to_num(v, nan=1e99, posinf=1e9, neginf=-1e9) for n, v in (known or {}).items()
        }
        numbers.append({name: each.tolist() for name, each in marked.items()} or None)
    return numbers


def assert_lines(lines, panels, numbers, at):
    """Assert that every drawn line is where an atlas has it, to half a pixel, in the axes."""
    for panel in panels:
        for line in panel["lines"]:
            wanted = expected_line(panel, line, numbers, at)
            if wanted is None:
                continue
            points, inside = wanted
            name = f"{panel['name']}-{line['path']}-{line['show']}"
            assert lines[name].shape == points.shape, name
            apart = np.abs(lines[name] - points)[inside]
            assert apart.max(initial=0) < HALF_A_PIXEL, name


def expected_line(panel, line, numbers, at):
    """Return the points of a line of a scene, in the units of its picture, or None if unknown."""
    if numbers[line["path"]] is None or line["formula"] or panel["over"] == "x":
        return None
    y = np.array(numbers[line["path"]][line["show"]])
    if panel["over"] in ("bars", "past"):
        x = at - np.arange(len(y)) if panel["over"] == "past" else np.arange(len(y))
        seen = (x >= 0) & (y != 1e99)
        x, y = x[seen], y[seen]
        base = np.full(len(y), max(0.0, panel["y"][0]))
        x, y = np.repeat(x, 3), np.stack([base, y, base], axis=1).ravel()
    else:
        begin = int(np.argmax(y != 1e99))
        gaps = np.flatnonzero(y[begin:] == 1e99)
        y = y[: begin + gaps[0]] if gaps.size else y
        x = np.arange(len(y))
        if panel["over"] == "theta":
            x = np.array(numbers[line["path"]][line["across"]])[: len(y)]
        x, y = x[begin : at + 1], y[begin : at + 1]
    (x0, x1), (y0, y1) = panel["x"], panel["y"]
    left, bottom, wide, high = scenes.BOX
    across = 72 * scenes.WIDTH * (left + (x - x0) / (x1 - x0) * wide)
    up = 72 * scenes.HEIGHT * (1 - bottom - (y - y0) / (y1 - y0) * high)
    inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
    return np.transpose([across, up]), inside


def corners(sliders):
    """Yield for each corner the slider that goes there, and its key: one key leads to the next."""
    yield 0, "Home"
    for step in range(1, 2**sliders):
        moved = (step & -step).bit_length() - 1
        yield moved, "End" if (step >> (moved + 1)) % 2 == 0 else "Home"


def _own(rule, values):
    return {n: v for n, v in values.items() if n in rule_parameters(rule)}
