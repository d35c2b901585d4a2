"""One JupyterLab for all tests of this folder, and one page that most of them share."""

import pytest
from lab import (
    jupyterlab,
    keep_hidden_cells,
    open_notebook,
    replace_cells,
    run_all,
    run_code,
    start_kernel,
    watched_page,
    write_notebook,
)

IMPORTS = """from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.problems import linear_regression
problem = linear_regression()"""
SHARED = "shared.ipynb"


@pytest.fixture(scope="session")
def lab(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("lab")
    with jupyterlab(folder) as address:
        yield folder, address


@pytest.fixture(scope="session")
def kept():
    """The page that tests share, once there is one: {} or {"page": it}."""
    return {}


@pytest.fixture
def shared_page(lab, browser, kept, request):
    """JupyterLab with one notebook, loaded once: loading it anew takes most of a test's time."""
    folder, address = lab
    if not kept:
        write_notebook(folder / SHARED, IMPORTS)
        kept["page"] = watched_page(browser)
        open_notebook(kept["page"], address, SHARED)
        keep_hidden_cells(kept["page"])
    page, failed = kept["page"], request.session.testsfailed
    page.set_viewport_size({"width": 1280, "height": 1300})
    for seen in (page.problems, page.sent, page.received):
        seen.clear()
    yield page
    if request.session.testsfailed > failed or page.problems:  # the next test gets a new one
        kept.pop("page").close()
    assert page.problems == []


def wait_for_pictures(page):
    page.locator(".rmsprop-status", has_text="Iteration").first.wait_for(timeout=30000)


@pytest.fixture
def notebook(shared_page):
    """Return a function that fills the shared notebook with the given cells and runs it."""

    def fill_with(*cells, wait=True):
        run_code(shared_page, "import ipywidgets; ipywidgets.Widget.close_all()")
        replace_cells(shared_page, IMPORTS, *cells)
        run_all(shared_page)
        if wait:
            wait_for_pictures(shared_page)
        return shared_page

    return fill_with


@pytest.fixture
def own_notebook(shared_page, notebook):
    """The same for a test that changes or ends the kernel: the next one gets a kernel anew."""
    yield notebook
    assert shared_page.problems == []
    start_kernel(shared_page)
    shared_page.problems.clear()  # JupyterLab says what the old kernel will not answer any more
