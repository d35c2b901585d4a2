"""One browser for all tests that need one, and which tests stay together in one process."""

import os

import pytest
from lab import FLAGS, find_browser, watched_page

TOGETHER = ("tests/site/",)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file together, and all that needs the one site."""
    from xdist.scheduler import LoadFileScheduling

    class OneOfEach(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return next((folder for folder in TOGETHER if file.startswith(folder)), file)

    return OneOfEach(config, log)


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
