"""One JupyterLab for all tests of this folder."""

import pytest
from lab import jupyterlab, open_notebook, write_notebook

IMPORTS = """from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.problems import linear_regression
problem = linear_regression()"""


@pytest.fixture(scope="session")
def lab(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("lab")
    with jupyterlab(folder) as address:
        yield folder, address


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
