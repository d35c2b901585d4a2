"""The net holds: whatever breaks a notebook, one of the checks complains, and names it.

Each canary is a copy of a real notebook with one edit.
"""

import base64
import io
import os
import subprocess
import sys
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from matplotlib.image import imsave
from nbformat.v4 import new_output
from notebook_checks import (
    CLONE,
    NOTEBOOKS,
    bad_pictures,
    boards,
    broken_links,
    cells_of,
    code,
    control_errors,
    lost_pictures,
    markdown,
    not_run,
    run_twice,
    wrong_lines,
    wrong_verdicts,
)
from test_numbers_in_text import EXCEPTIONS, missing

from rmsprop_lesson import refresh

START, ONE_STEP = NOTEBOOKS[:2]


def edited(path, folder, *edits):
    """Return a copy of a notebook after some edits, each a function of its list of cells."""
    notebook = nbformat.read(path, 4)
    for edit in edits:
        edit(notebook.cells)
    copy = folder / path.name
    copy.write_text(refresh.to_text(notebook), encoding="utf-8", newline="\n")
    return copy


def replace(old, new, where="source"):
    """Return an edit that replaces a text in the first cell with it."""

    def edit(cells):
        cell = next(cell for cell in cells if old in cell.get(where, ""))
        cell[where] = cell[where].replace(old, new, 1)

    return edit


def change_output(old, new):
    """Return an edit that replaces a text in what a cell has stored."""

    def edit(cells):
        data = next(
            output.data
            for cell in code(cells)
            for output in cell.outputs
            if old in output.get("data", {}).get("text/plain", "")
        )
        data["text/plain"] = data["text/plain"].replace(old, new)

    return edit


# ---- what can be seen in a stored notebook ----


def with_picture(cells):
    return next(cell for cell in code(cells) if cell.outputs)


def store_a_view(cells):
    view = {"model_id": "0123", "version_major": 2, "version_minor": 0}
    with_picture(cells).outputs.append(new_output("display_data", {refresh.WIDGET_VIEW: view}))


def never_run(cells):
    code(cells)[2].execution_count = None


def store_a_warning(cells):
    code(cells)[2].outputs = [new_output("stream", name="stderr", text="UserWarning: old\n")]


def spoil_the_picture(cells):
    with_picture(cells).outputs[0].data["image/png"] = "AAAA"


def whiten_the_picture(cells):
    png = io.BytesIO()
    imsave(png, np.ones((9, 9, 3)))
    with_picture(cells).outputs[0].data["image/png"] = base64.b64encode(png.getvalue()).decode()


def pictures_without_anything(path):
    return bad_pictures(cells_of(path))


def uncleanness(path):
    return list(filter(None, [refresh.check(path)]))


def numbers_not_shown(path):
    return missing(cells_of(path), EXCEPTIONS.get(path.stem, ()))


def links_to_nowhere(path):
    # the copy stands in another folder, so it is read as if it were the notebook itself
    return broken_links("\n".join(markdown(cells_of(path))), CLONE / "notebooks" / path.name)


CANARIES = {
    "a stored widget view": (START, store_a_view, uncleanness, "a live page has left in it"),
    "a cell that was not run, for refresh": (START, never_run, uncleanness, "was not run"),
    "a cell that was not run, for nbval": (
        START,
        never_run,
        lambda path: not_run(cells_of(path)),
        "cell 3 has the count None",
    ),
    "a stored warning": (START, store_a_warning, uncleanness, "UserWarning: old"),
    "a spoilt picture": (
        START,
        spoil_the_picture,
        pictures_without_anything,
        "the picture of cell 2 is no PNG",
    ),
    "a blank picture": (
        START,
        whiten_the_picture,
        pictures_without_anything,
        "the picture of cell 2 is blank",
    ),
    "a misspelt number": (START, replace("Type 0.05", "Type 0.06"), numbers_not_shown, "0.06"),
    "a misspelt number of a run": (
        ONE_STEP,
        replace("multiplied by 0.316", "multiplied by 0.361"),
        numbers_not_shown,
        "0.361",
    ),
    "a link to no notebook": (
        START,
        replace("(05_settle_down.ipynb)", "(05_settle.ipynb)"),
        links_to_nowhere,
        "no 05_settle.ipynb",
    ),
    "the name of no notebook": (
        START,
        replace("[05_settle_down]", "[05_settle]"),
        links_to_nowhere,
        "no notebook 05_settle",
    ),
    "a link to no section": (
        START,
        replace("(05_settle_down.ipynb)", "(05_settle_down.ipynb#Settle-up)"),
        links_to_nowhere,
        "no 05_settle_down.ipynb#Settle-up",
    ),
}


@pytest.mark.parametrize("canary", CANARIES)
def test_the_net_catches(canary, tmp_path):
    path, edit, check, named = CANARIES[canary]
    assert check(edited(path, tmp_path)) == []
    (said,) = check(edited(path, tmp_path, edit))
    assert named in said


def test_a_link_to_a_section_that_exists_is_followed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One `run(problem)`, for all\n\n```\n# no heading\n```\n", encoding="utf-8")
    assert broken_links("[a](#one-runproblem-for-all) [b](page.md)", page) == []
    assert broken_links("[a](#no-heading) [b](page.md#two) [c](nowhere.md)", page) == [
        "no #no-heading",
        "no page.md#two",
        "no nowhere.md",
    ]
    notebook = NOTEBOOKS[5]
    assert broken_links(f"[c]({notebook.name}#The-middle-of-two-points)", notebook) == []


# ---- what shows when the cells are run, and the sliders moved ----

FAILS_IN_A_CALLBACK = """
def note(change):
    return 1 / (change.new - 5)
explorer.lr.observe(note, "index")
explorer"""
WARNS_IN_A_CALLBACK = """
import warnings
explorer.boxes["beta"].observe(lambda change: warnings.warn("old"), "value")
explorer"""
MOVES_THE_LINE = """
draw = explorer.png
explorer.png = lambda: (explorer.set(lr=0.2), draw())[1]
explorer"""


def after_the_explorer(more):
    return replace("(problem)\nexplorer", f"(problem){more}")


@pytest.fixture(scope="module")
def run_with(tmp_path_factory):
    """Return a function that runs the first notebook after some edits."""
    return lambda *edits: run_twice(edited(START, tmp_path_factory.mktemp("canary"), *edits))


def lose_the_picture(cells):
    del with_picture(cells).outputs[0]


def test_the_net_catches_nothing_where_nothing_is_wrong(run_with):
    shown = run_with()
    (explorer,) = boards(shown)
    checks = lost_pictures(shown), wrong_verdicts(shown), wrong_lines(explorer)
    assert checks == ([], [], []) and control_errors(explorer) == []


def test_the_net_catches_a_lost_picture_a_wrong_solution_and_an_error_in_a_callback(run_with):
    shown = run_with(
        replace("argmin()", "argmax()"),
        after_the_explorer(FAILS_IN_A_CALLBACK),
        lose_the_picture,
    )
    (lost,), (wrong,), (explorer,) = lost_pictures(shown), wrong_verdicts(shown), boards(shown)
    assert lost == "cell 2 shows a picture and stores none"
    assert wrong.startswith("the solution in cell 5: Not yet.")
    assert "moved to lr = 0.0027: ZeroDivisionError: division by zero" in control_errors(explorer)


def test_the_net_catches_a_picture_that_no_cell_shows(run_with):
    (said,) = lost_pictures(run_with(after_the_explorer("")))
    assert said == "cell 2 stores a picture and shows none"


def test_the_net_catches_a_warning_in_a_callback_and_a_picture_of_something_else(run_with):
    (explorer,) = boards(run_with(after_the_explorer(WARNS_IN_A_CALLBACK)))
    assert "moved to beta = 0.5: UserWarning: old" in control_errors(explorer)
    (explorer,) = boards(run_with(after_the_explorer(MOVES_THE_LINE)))
    assert "RMSProp in plane" in wrong_lines(explorer)


# ---- what nbval sees ----


def failures_of_nbval(path):
    """Run nbval over a notebook as the project does; return what it says of each code cell."""
    report = path.with_suffix(".xml")
    command = [sys.executable, "-m", "pytest", "-c", str(CLONE / "pyproject.toml"), "--rootdir"]
    command += [str(path.parent), "-n", "0", f"--junitxml={report}", str(path)]
    paths = os.pathsep.join([str(CLONE), os.environ.get("PYTHONPATH", "")])
    subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True)
    return [
        "".join(failure.text for failure in case if failure.tag in ("failure", "error"))
        for case in ElementTree.parse(report).iter("testcase")
    ]


WARNING_OF_OUR_CODE = """import warnings
ours = {"filename": "explorer.py", "lineno": 1, "module": "rmsprop_lesson.explorer"}
warnings.warn_explicit("old", DeprecationWarning, **ours)"""


def test_nbval_catches_an_altered_number_a_failure_a_warning_and_a_wrong_solution(tmp_path):
    broken = edited(
        START,
        tmp_path,
        change_output("slope 3.016", "slope 3.061"),
        replace("my_slope = None", "import warnings\nwarnings.warn('old')\nmy_slope = None"),
        replace("argmin()", "argmax()"),
        replace(
            "my_iteration = None",
            "my_iteration = None\nexplorer.lr.observe(lambda change: 1 / 0)\nexplorer.lr.index = 0",
        ),
        replace("iteration_solution =", f"{WARNING_OF_OUR_CODE}\niteration_solution ="),
    )
    imports, number, warning, check, solution, failure, other, ours = failures_of_nbval(broken)
    assert [imports, check, other] == ["", "", ""]
    assert "3.016" in number and "3.061" in number
    assert "stderr" in warning and "old" in warning
    assert "Right" in solution and "Not yet" in solution
    assert "ZeroDivisionError" in failure
    assert "DeprecationWarning" in ours  # hidden in a kernel, but for what conftest.py does
