"""Every notebook in a real browser: run from top to bottom, the sliders to both their ends."""

import json
from pathlib import Path

import pytest
from accessible import NOT_OURS, OUTPUTS, complaints
from drawn import assert_lines, drawn
from lab import computed, replace_cells, run_all, run_code
from notebook_checks import NOTEBOOKS

BOARDS = f"""
import json, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from drawn import numbers_of
from ipywidgets.widgets.widget import _instances
from rmsprop_lesson.board import Board
boards = [each for each in _instances.values() if isinstance(each, Board)]
def panels_of(board):
    return json.dumps([each | {{"svg": ""}} for each in board.player.scene["panels"]])
def numbers(board, *values):
    return json.dumps(numbers_of(board, dict(zip(board.values, values))))
"""
LOOK = """(root) => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done([
    [...root.querySelectorAll(".widget-text input")].map((box) => Number(box.value)),
    Number(root.querySelector(".rmsprop-scrubber input").value)]))))"""
NAMES = """() => [[...document.querySelectorAll("[id^=rmsprop-]")].map((each) => each.id),
    [...document.querySelectorAll(".rmsprop-scrubber input")].map((each) => each.labels.length)]"""
LOADED = """(boards) => {
    const lines = [...document.querySelectorAll(".rmsprop-explorer .rmsprop-status")];
    const ready = (line) => line.textContent && !/^(Loading|Busy)/.test(line.textContent);
    const named = !document.querySelector(".noUi-handle:not([aria-label])");
    return named && lines.length === boards && lines.every(ready);
}"""


def assert_python_hears(page, number, values, at):
    """Assert that before long Python has what is on screen."""
    code = f"print([*boards[{number}].values.values()], boards[{number}].player.iteration)"
    for _ in range(50):
        heard = run_code(page, code)
        if heard == f"{values} {at}":
            return
        page.wait_for_timeout(50)
    assert heard == f"{values} {at}"


def assert_drawn(page, board, number, panels):
    """Assert that what is drawn is what the atlas holds for what boxes and scrubber say."""
    values, at = board.evaluate(LOOK)
    values = list(map(float, values))
    lines = drawn(board.locator(".rmsprop-player"))
    numbers = json.loads(run_code(page, f"print(numbers(boards[{number}], *{values}))"))
    assert_lines(lines, panels, numbers, at)
    return values, at


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_sliders_go_to_both_ends_and_the_picture_follows(shared_page, path):
    """On the pages of the site the same boards go to all of their corners, too."""
    page = shared_page
    run_code(page, "import ipywidgets; ipywidgets.Widget.close_all(); get_ipython().reset()")
    replace_cells(page, *json.loads(path.read_text("utf-8"))["cells"])
    run_all(page)
    run_code(page, BOARDS)
    page.wait_for_function(LOADED, arg=int(run_code(page, "print(len(boards))")), timeout=30000)
    assert page.locator("[data-mime-type*='error'], [data-mime-type*='stderr']").count() == 0
    while run_code(page, "print(all(each.player.coupled for each in boards))") != "True":
        page.wait_for_timeout(100)  # until the browser ties the controls, Python does it, later
    assert complaints(page, OUTPUTS, NOT_OURS) == []
    shown = page.locator(".rmsprop-explorer")
    ids, labels = page.evaluate(NAMES)
    assert len(set(ids)) == len(ids) and labels == [1] * shown.count()
    for number in range(shown.count()):
        board = shown.nth(number)
        panels = json.loads(run_code(page, f"print(panels_of(boards[{number}]))"))
        handles = board.locator(".noUi-handle").all()
        for handle in handles:
            handle.press("Home")
        for handle, key in [(handles[0], "Home"), *((handle, "End") for handle in handles)]:
            handle.press(key)
            computed(page)  # a student's rule is slower
            assert_drawn(page, board, number, panels)
        board.get_by_role("button", name="First", exact=True).click()
        assert_python_hears(page, number, *assert_drawn(page, board, number, panels))
        board.get_by_role("button", name="Reset").click()
        assert_drawn(page, board, number, panels)
        start = run_code(page, f"print(boards[{number}].player.scene['start'])")
        assert board.locator(".rmsprop-scrubber input").input_value() == start
