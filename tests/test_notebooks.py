"""The stored notebooks: what a reader sees before anything has been run, and where links lead."""

import ast
import re

import pytest
from notebook_checks import (
    CLONE,
    NOTEBOOKS,
    bad_pictures,
    broken_links,
    cells_of,
    code,
    markdown,
    not_run,
)

PAGES = sorted(page for folder in (".", "teaching") for page in (CLONE / folder).glob("*.md"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def cells(path):
    return cells_of(path)


def test_a_notebook_says_first_what_the_reader_will_do_need_and_learn_and_the_minutes(cells):
    first = cells[0].source
    assert re.search(r"^# \w+", first)
    assert re.search(r"^\*\d+ minutes\*$", first, re.MULTILINE)
    for word in ("**You will**", "**You need**", "**Afterwards you can**"):
        assert word in first


def test_a_notebook_ends_with_a_sentence_to_take_home_and_the_way_on(cells):
    last = cells[-1].source
    assert "**To take home:**" in last
    assert re.search(r"\*\*(Next|Back to the map):\*\* \[", last)


def test_every_code_cell_has_run_in_order_so_that_nbval_compares_it(cells):
    assert not_run(cells) == []


def test_a_reader_who_runs_nothing_sees_a_picture_with_its_sentence(cells):
    with_pictures = (
        each
        for each in code(cells)
        if any("image/png" in o.get("metadata", {}) for o in each.outputs)
    )
    boards = [cell.outputs for cell in with_pictures]
    assert boards
    for picture, sentence in boards:
        assert list(picture.data) == ["image/png"] and list(sentence.data) == ["text/plain"]
        assert re.match(r"[A-Z][\w ]+, \w+ = .+\d", sentence.data["text/plain"])
        assert picture.metadata["image/png"]["alt"] == sentence.data["text/plain"]


def test_in_every_stored_picture_something_is_drawn(cells):
    assert bad_pictures(cells) == []


def test_a_code_cell_is_short_enough_to_be_read(cells):
    for cell in code(cells):
        assert len(cell.source.splitlines()) <= 12, cell.source


def test_what_a_check_says_is_shown(cells):
    """A check at the end of a cell is shown; one before the end would be lost."""
    for cell in code(cells):
        *before, _ = ast.parse(cell.source).body
        for each in before:
            is_call = isinstance(each, ast.Expr) and isinstance(each.value, ast.Call)
            name = ast.unparse(each.value.func) if is_call else ""
            assert not name.startswith(("check_", "predict")), cell.source


def test_every_solution_is_folded_and_tagged_and_so_is_what_it_shows(cells):
    for cell in code(cells):
        tagged = "solution" in cell.metadata.get("tags", ())
        assert tagged or not re.search(r"def \w+_solution\(|^\w+_solution =", cell.source, re.M)
        if tagged:
            assert cell.metadata.jupyter == {"outputs_hidden": True, "source_hidden": True}
            assert cell.source.startswith("# A solution\n")  # what a folded cell still shows


def test_a_stored_notebook_is_light(path):
    assert path.stat().st_size < 500_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page):
    assert broken_links(page.read_text("utf-8"), page) == []


def test_every_link_of_a_notebook_leads_somewhere(path, cells):
    assert broken_links("\n".join(markdown(cells)), path) == []


def test_the_map_and_the_readme_list_every_notebook_with_its_minutes(path, cells):
    minutes = re.search(r"^\*(\d+) minutes\*$", cells[0].source, re.MULTILINE)[1]
    start = "\n".join(markdown(cells_of(NOTEBOOKS[0])))
    for text in (start, (CLONE / "README.md").read_text("utf-8")):
        row = next(line for line in text.splitlines() if line.startswith("|") and path.stem in line)
        assert f"| {minutes} |" in row
