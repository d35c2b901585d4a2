"""One browser for all tests that need one, which tests stay together, and warnings in kernels."""

import os
import shutil
import tempfile

import pytest
from lab import CLONE, FLAGS, find_browser, watched_page

from rmsprop_lesson.keeping import FOLDER

TOGETHER = ("tests/browser/", "tests/site/")
KEPT = pytest.StashKey[str]()


def pytest_configure(config):
    make_warnings_errors_in_kernels()
    keep_for_these_tests_alone(config)


def make_warnings_errors_in_kernels():
    """Make a warning from the lesson's own code an error in every kernel, as it is in pytest."""
    files = (path.relative_to(CLONE) for path in (CLONE / "rmsprop_lesson").rglob("*.py"))
    modules = (".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files)
    os.environ["PYTHONWARNINGS"] = ",".join(f"error:::{module}" for module in sorted(modules))


def keep_for_these_tests_alone(config):
    """Have kernels keep what they compute in a folder of these tests, empty at first."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp()
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True))
    config.stash[KEPT] = os.environ[FOLDER]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file together, and all that needs the one JupyterLab or the one site."""
    from xdist.scheduler import LoadFileScheduling

    class OneOfEach(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return next((folder for folder in TOGETHER if file.startswith(folder)), file)

    return OneOfEach(config, log)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """Keep nothing in the tests' own process: what a test compares is computed for it."""
    monkeypatch.setenv(FOLDER, "")


@pytest.fixture
def kept_as_in_kernels(nothing_kept, monkeypatch, pytestconfig):
    """Take what kernels have kept: for a test that runs cells, and compares no number."""
    monkeypatch.setenv(FOLDER, pytestconfig.stash[KEPT])


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


@pytest.fixture
def page(browser):
    """A page that fails the test for an error in the browser's console."""
    opened = watched_page(browser)
    yield opened
    opened.close()
    assert opened.problems == []
