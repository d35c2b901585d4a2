"""What the page draws, and what it should draw: matplotlib's transform of the trajectory."""

import numpy as np
from matplotlib.figure import Figure

from rmsprop_lesson import figures, scenes
from rmsprop_lesson.trajectory import run

HALF_A_PIXEL = 0.5 * 72 * scenes.WIDTH / 400  # in points, for a panel 400 pixels wide

READ = """(root) => Object.fromEntries([...root.querySelectorAll(".rmsprop-done")].map((line) =>
    [line.dataset.line, line.getAttribute("points").split(" ").filter(Boolean)
        .map((point) => point.split(",").map(Number))]))"""


def drawn(view):
    """Return {line: (n, 2) points in the units of the panel's picture} of a view's locator."""
    return {line: np.reshape(points, (-1, 2)) for line, points in view.evaluate(READ).items()}


def expected(problem, rules, values, iteration, n_steps=200, panels=scenes.PANELS):
    """Return the same, from exact runs and matplotlib's own transforms."""
    lines = {}
    for panel in panels:
        figure = Figure(figsize=(scenes.WIDTH, scenes.HEIGHT), dpi=72)
        ax = figure.add_axes(scenes.BOX)
        paths = [
            (rule.__name__, run(problem, rule, n_steps, **_own(rule, values))) for rule in rules
        ]
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
    panels = more.get("panels", scenes.PANELS)
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


def _own(rule, values):
    return {n: v for n, v in values.items() if n in rule.__kwdefaults__}
