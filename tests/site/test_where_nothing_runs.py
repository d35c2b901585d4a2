"""What a reader sees where nothing runs: a renderer as plain as GitHub's, and nbconvert's HTML."""

from base64 import b64decode

import nbformat
import pytest
from bs4 import BeautifulSoup
from lesson_boards import MAKE
from nbconvert.exporters import HTMLExporter
from notebook_checks import NOTEBOOKS
from playwright.sync_api import expect

RICHEST_FIRST = ("image/png", "text/html", "text/plain")
NOT_SAFE = ("script", "style", "iframe", "object", "embed", "form", "input", "button")


def rendered_plainly(output):
    """Return (picture, text) of an output: its richest form without scripts, and no other."""
    if "data" not in output:
        return b"", output.text
    form = next(form for form in RICHEST_FIRST if form in output.data)
    if form == "image/png":
        return b64decode(output.data[form]), ""
    if form == "text/plain":
        return b"", output.data[form]
    page = BeautifulSoup(output.data[form], "html.parser")
    for tag in page(NOT_SAFE):
        tag.decompose()
    return b"", page.get_text()


def alternatives(cell):
    return [output.metadata["image/png"]["alt"] for output in cell.outputs if output.metadata]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, 4)


every_third = pytest.mark.parametrize(
    "notebook", NOTEBOOKS[::3], indirect=True, ids=lambda path: path.stem
)


def test_a_plain_renderer_shows_each_board_as_a_picture_and_its_sentence(notebook):
    cells = [cell for cell in notebook.cells if cell.id in MAKE]
    assert cells
    for cell in cells:
        pictures, texts = zip(*map(rendered_plainly, cell.outputs), strict=True)
        assert [each[:8] for each in pictures if each] == [b"\x89PNG\r\n\x1a\n"]
        assert [each for each in texts if each] == alternatives(cell)


def test_a_plain_renderer_shows_something_of_every_output(notebook):
    for cell in notebook.cells:
        for picture, text in map(rendered_plainly, cell.get("outputs", [])):
            assert picture or text.strip()


@every_third
def test_html_of_nbconvert_shows_pictures_and_sentences_without_network(
    browser, notebook, tmp_path
):
    file = tmp_path / "page.html"
    file.write_text(HTMLExporter().from_notebook_node(notebook)[0], encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    for cell in (each for each in notebook.cells if each.id in MAKE):
        shown = page.locator(f"[id='cell-id={cell.id}']")
        assert shown.locator("img").evaluate("(img) => img.naturalWidth") > 500
        (sentence,) = alternatives(cell)
        expect(shown.locator("img")).to_be_visible()
        expect(shown.get_by_text(sentence, exact=True)).to_be_visible()
    context.close()
