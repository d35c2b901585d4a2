"""One JupyterLab and one browser for all tests of this folder."""

import os

import pytest
from lab import FLAGS, find_browser, jupyterlab, open_notebook, write_notebook

IMPORTS = """from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.problems import linear_regression
problem = linear_regression()"""


@pytest.fixture(scope="session")
def browser():
    if find_browser() is None:
        if os.environ.get("RMSPROP_LESSON_DEMAND_BROWSER") == "1":
            pytest.fail("these tests need Chromium or Chrome, and neither is on the path")
        pytest.skip("these tests need Chromium or Chrome, and neither is on the path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("lab")
    with jupyterlab(folder) as address:
        yield folder, address


@pytest.fixture
def page(browser):
    """A page that fails the test for an error in the browser's console."""
    opened = browser.new_page(viewport={"width": 1280, "height": 1300})
    opened.problems = []
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.on(
        "console",
        lambda message: opened.problems.append(message.text) if message.type == "error" else None,
    )
    yield opened
    opened.close()
    assert opened.problems == []


@pytest.fixture
def notebook(lab, page, request):
    """Return a function that opens a notebook with the given cells and runs it."""
    folder, address = lab

    def open_with(*cells, wait=True):
        name = request.node.name.split("[")[0] + ".ipynb"
        write_notebook(folder / name, IMPORTS, *cells)
        open_notebook(page, address, name)
        if wait:
            page.locator(".rmsprop-status", has_text="Iteration").first.wait_for(timeout=30000)
        return page

    return open_with
