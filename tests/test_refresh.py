"""``refresh``: what a stored notebook holds, and what it never holds."""

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from rmsprop_lesson import refresh

PICTURE = """\
import base64
from IPython.display import display
pixel = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
sentence = "theta is (0.5, -0.2)"
view = {"model_id": "0123", "version_major": 2, "version_minor": 0}
"""
WITH_PICTURE = f"""\
bundle = {{"text/plain": sentence, "image/png": pixel, "{refresh.WIDGET_VIEW}": view}}
display(bundle, raw=True, metadata={{"image/png": {{"alt": sentence}}}})"""
FIGURE = 'display({"text/plain": "<Figure>", "image/png": pixel}, raw=True)'
VIEW_ALONE = f'display({{"{refresh.WIDGET_VIEW}": view}}, raw=True)'
IN_PIECES = """\
import os, time
print(os.path.basename(os.getcwd()), flush=True)
time.sleep(0.5)
print("one\\ntwo")"""
A_SLIDER = "import ipywidgets\nslider = ipywidgets.IntSlider()\nslider"


def store(path, *sources):
    cells = [new_markdown_cell("# A page"), *map(new_code_cell, sources)]
    path.write_text(nbformat.writes(new_notebook(cells=cells)))
    return path


def code_cells(path):
    cells = json.loads(path.read_text())["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A notebook with everything that a kernel may put into one, refreshed."""
    path = tmp_path_factory.mktemp("päge") / "page.ipynb"
    store(path, PICTURE, WITH_PICTURE, VIEW_ALONE, A_SLIDER, IN_PIECES, "", "1 + 1", FIGURE)
    path.with_suffix(".before").write_text(path.read_text())
    assert refresh.main([str(path)]) == 0
    return path


def test_twice_in_a_row_stores_the_same_bytes(page):
    first = page.read_bytes()
    assert refresh.main([str(page)]) == 0
    assert page.read_bytes() == first


def test_a_refreshed_notebook_passes_the_check(page, capsys):
    assert refresh.main(["--check", str(page)]) == 0
    assert capsys.readouterr().err == ""


def test_a_refreshed_notebook_is_valid(page):
    nbformat.validate(nbformat.read(page, as_version=4))


def test_the_picture_and_its_sentence_stay_each_for_itself_and_the_live_view_goes(page):
    picture, sentence = code_cells(page)[1]["outputs"]
    assert set(picture["data"]) == {"image/png"}
    assert picture["metadata"] == {"image/png": {"alt": "theta is (0.5, -0.2)"}}
    assert sentence["data"] == {"text/plain": ["theta is (0.5, -0.2)"]}


def test_a_picture_without_a_sentence_stays_as_it_is(page):
    (picture,) = code_cells(page)[7]["outputs"]
    assert set(picture["data"]) == {"image/png", "text/plain"}


def test_an_output_that_was_only_a_view_is_dropped(page):
    assert code_cells(page)[2]["outputs"] == []


def test_no_state_of_widgets_is_stored(page):
    assert not any("widget" in json.dumps(cell["outputs"]) for cell in code_cells(page))
    assert json.loads(page.read_text())["metadata"] == {
        "kernelspec": refresh.KERNELSPEC,
        "language_info": {"name": "python"},
    }


def test_cells_are_counted_from_one_and_an_empty_one_not(page):
    counts = [cell["execution_count"] for cell in code_cells(page)]
    assert counts == [1, 2, 3, 4, 5, None, 6, 7]
    assert code_cells(page)[6]["outputs"][0]["execution_count"] == 6


def test_cells_keep_their_ids(page):
    before = json.loads(page.with_suffix(".before").read_text())["cells"]
    after = json.loads(page.read_text())["cells"]
    assert [cell["id"] for cell in after] == [cell["id"] for cell in before]


def test_the_kernel_starts_in_the_notebooks_folder_and_what_it_prints_is_one_piece(page):
    (output,) = code_cells(page)[4]["outputs"]
    assert output["text"] == [f"{page.parent.name}\n", "one\n", "two\n"]


def test_missing_and_doubled_ids_get_the_same_ids_every_time():
    notebook = new_notebook(cells=[new_code_cell("1"), new_code_cell("2"), new_code_cell("2")])
    del notebook.cells[0]["id"]
    notebook.cells[2]["id"] = notebook.cells[1]["id"]
    ids = [[cell.id for cell in refresh.clean(notebook).cells] for _ in range(2)]
    assert ids[0] == ids[1] and len(set(ids[0])) == 3
    assert ids[0][1] == notebook.cells[1]["id"]


def test_tags_stay_and_timings_and_an_editors_marks_go():
    cell = new_code_cell("1", metadata={"tags": ["hide"], "execution": {}, "collapsed": True})
    (cleaned,) = refresh.clean(new_notebook(cells=[cell])).cells
    assert cleaned.metadata == {"tags": ["hide"]}


def test_cleaning_changes_nothing_but_a_copy():
    notebook = new_notebook(cells=[new_code_cell("1", metadata={"collapsed": True})])
    refresh.clean(notebook)
    assert notebook.cells[0].metadata == {"collapsed": True}


# ---- the check ----


def spoil(page, tmp_path, change):
    notebook = json.loads(page.read_text())
    change(notebook)
    path = tmp_path / "spoilt.ipynb"
    path.write_text(refresh.to_text(nbformat.from_dict(notebook)))
    return path


SPOILERS = {
    "a widget's state": lambda book: book["metadata"].update(widgets={}),
    "a view": lambda book: book["cells"][2]["outputs"][0]["data"].update({refresh.WIDGET_VIEW: {}}),
    "a timing": lambda book: book["cells"][1]["metadata"].update(execution={}),
    "another kernel": lambda book: book["metadata"]["kernelspec"].update(name="my-venv"),
    "a cell that was not run": lambda book: book["cells"][1].update(execution_count=None),
    "cells run out of order": lambda book: book["cells"][1].update(execution_count=7),
    "a warning": lambda book: book["cells"][5]["outputs"][0].update(name="stderr"),
    "an error": lambda book: book["cells"][1]["outputs"].append(
        new_output("error", ename="ZeroDivisionError", evalue="division by zero")
    ),
}


@pytest.mark.parametrize("spoiler", SPOILERS)
def test_the_check_names_a_notebook_with(spoiler, page, tmp_path, capsys):
    path = spoil(page, tmp_path, SPOILERS[spoiler])
    before = path.read_bytes()
    assert refresh.main(["--check", str(page), str(path)]) == 1
    said = capsys.readouterr().err
    assert "spoilt.ipynb" in said and "page.ipynb" not in said
    assert path.read_bytes() == before


def test_the_check_takes_windows_line_ends_for_the_same(page, tmp_path):
    path = tmp_path / "windows.ipynb"
    path.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))
    assert refresh.main(["--check", str(path)]) == 0


@pytest.mark.parametrize("text", ["", "no notebook", "[]", "{}", '{"nbformat": 3, "cells": []}'])
def test_what_is_no_notebook_is_named(text, tmp_path, capsys):
    path = tmp_path / "odd.ipynb"
    path.write_text(text)
    for arguments in ([str(path)], ["--check", str(path)]):
        assert refresh.main(arguments) == 1
        assert "odd.ipynb" in capsys.readouterr().err
    assert path.read_text() == text


def test_the_lessons_own_notebooks_are_clean():
    assert refresh.check_all(sorted(refresh.NOTEBOOKS.glob("*.ipynb"))) == 0


# ---- a run that fails ----


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("1 / 0", "cell 3 stopped with ZeroDivisionError: division by zero"),
        ("import warnings\nwarnings.warn('old')", "cell 3 gave a warning: "),
        ("import time\ntime.sleep(60)", "cell 3 took more than 1 seconds"),
        ("import os\nos._exit(1)", "the kernel died or was stopped in cell 3"),
    ],
)
def test_a_failure_names_notebook_and_cell_and_leaves_the_file(
    source, meant, tmp_path, capsys, monkeypatch
):
    if "sleep" in source:
        monkeypatch.setattr(refresh, "SECONDS_PER_CELL", 1)
    path = store(tmp_path / "page.ipynb", "print(1)", source, "print(2)")
    before = path.read_bytes()
    assert refresh.main([str(path)]) == 1
    said = capsys.readouterr().err
    assert "page.ipynb" in said and meant in said and "Traceback" not in said
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_the_old_notebook(tmp_path, monkeypatch):
    path = store(tmp_path / "page.ipynb", "1")
    before = path.read_bytes()

    def stop_in_the_middle(self, text, **how):
        self.write_bytes(text[:9].encode())
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", stop_in_the_middle)
    with pytest.raises(KeyboardInterrupt):
        refresh.write_whole(path, "all of the new notebook")
    assert path.read_bytes() == before


def test_a_notebook_that_is_not_there_is_named(capsys):
    assert refresh.main(["nowhere.ipynb"]) == 1
    assert "no notebook nowhere.ipynb" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["rmsprop_lesson.words", "rmsprop_lesson.topics.memory", "json"])
def test_a_warning_from_the_lessons_own_code_is_an_error_in_the_kernels_of_tests(
    module, tmp_path, capsys
):
    warn = "import warnings; warnings.warn('This is old.', DeprecationWarning)"
    path = store(tmp_path / "page.ipynb", f"import {module}\nexec({warn!r}, vars({module}))")
    failed = refresh.main([str(path)])
    assert failed == module.startswith("rmsprop_lesson")
    assert ("DeprecationWarning: This is old." in capsys.readouterr().err) == failed
