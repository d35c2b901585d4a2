"""Every notebook in a real browser: run from top to bottom, the sliders to all their corners."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from drawn import HALF_A_PIXEL, drawn
from lab import open_notebook, run_code
from playwright.sync_api import expect

from rmsprop_lesson import scenes

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
BOARDS = """
import json
from ipywidgets.widgets.widget import _instances
from rmsprop_lesson.board import Board
boards = [each for each in _instances.values() if isinstance(each, Board)]
def on_screen(board):
    numbers = []
    for source in board.sources:
        known = source.atlas and source.atlas.find(**source.own(board.values))
        numbers.append({n: np.nan_to_num(v, nan=1e99, posinf=1e9, neginf=-1e9).tolist()
                        for n, v in known.items()} if known else None)
    return json.dumps([board.values, board.player.iteration, numbers])
import numpy as np
"""
NAMES = """() => [[...document.querySelectorAll("[id^=rmsprop-]")].map((each) => each.id),
    [...document.querySelectorAll(".rmsprop-scrubber input")].map((each) => each.labels.length)]"""
LOADED = """(boards) => {
    const lines = [...document.querySelectorAll(".rmsprop-explorer .rmsprop-status")];
    const ready = (line) => line.textContent && !/^(Loading|Busy)/.test(line.textContent);
    return lines.length === boards && lines.every(ready);
}"""


def expected(panel, line, numbers, at):
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


def assert_drawn(page, board, number):
    """Assert that what is drawn is what the atlas holds for the values that Python has."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")
    values, at, numbers = json.loads(run_code(page, f"print(on_screen(boards[{number}]))"))
    scene = json.loads(
        run_code(page, f"print(json.dumps(boards[{number}].player.scene['panels']))")
    )
    boxes = board.locator(".widget-text input")
    assert [float(box.input_value()) for box in boxes.all()] == list(values.values())
    lines = drawn(board.locator(".rmsprop-player"))
    for panel in scene:
        for line in panel["lines"]:
            wanted = expected(panel, line, numbers, at)
            if wanted is None:
                continue
            points, inside = wanted
            name = f"{panel['name']}-{line['path']}-{line['show']}"
            assert lines[name].shape == points.shape, (values, name)
            apart = np.abs(lines[name] - points)[inside]
            assert apart.max(initial=0) < HALF_A_PIXEL, (values, name)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_sliders_go_to_all_corners_and_the_picture_follows(lab, page, path):
    folder, address = lab
    shutil.copy(path, folder)
    page.set_viewport_size({"width": 1280, "height": 14000})
    open_notebook(page, address, path.name)
    run_code(page, BOARDS)
    page.wait_for_function(LOADED, arg=int(run_code(page, "print(len(boards))")), timeout=30000)
    assert page.locator("[data-mime-type*='error'], [data-mime-type*='stderr']").count() == 0
    while run_code(page, "print(all(each.player.coupled for each in boards))") != "True":
        page.wait_for_timeout(100)  # until the browser ties the controls, Python does it, later
    shown = page.locator(".rmsprop-explorer")
    ids, labels = page.evaluate(NAMES)
    assert len(set(ids)) == len(ids) and labels == [1] * shown.count()
    for number in range(shown.count()):
        board = shown.nth(number)
        handles = board.locator(".noUi-handle")
        for handle in handles.all():
            handle.press("Home")
        for slider, key in corners(handles.count()):
            handles.nth(slider).press(key)
            expect(board.locator(".rmsprop-waiting")).to_have_count(0)  # a student's rule is slower
            assert_drawn(page, board, number)
        board.get_by_role("button", name="First", exact=True).click()
        assert_drawn(page, board, number)
        board.get_by_role("button", name="Reset").click()
        assert_drawn(page, board, number)
        start = run_code(page, f"print(boards[{number}].player.scene['start'])")
        assert board.locator(".rmsprop-scrubber input").input_value() == start
