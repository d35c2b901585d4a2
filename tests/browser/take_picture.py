"""Take the README's picture of the explorer: ``python tests/browser/take_picture.py``."""

import tempfile

from lab import CLONE, FLAGS, find_browser, jupyterlab, open_notebook, write_notebook
from playwright.sync_api import sync_playwright

CELL = """from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.optimizers import gradient_descent
from rmsprop_lesson.problems import linear_regression
Explorer(linear_regression(seed=0), compare=gradient_descent)"""


def take(target):
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        write_notebook(f"{folder}/picture.ipynb", CELL)
        with jupyterlab(folder) as address:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            page = browser.new_page(
                viewport={"width": 1180, "height": 1200}, device_scale_factor=1.5
            )
            open_notebook(page, address, "picture.ipynb")
            page.locator(".rmsprop-status", has_text="Iteration").wait_for()
            page.get_by_label("iteration", exact=True).fill("133")
            page.get_by_label("iteration", exact=True).blur()
            page.wait_for_timeout(500)
            page.locator(".rmsprop-explorer").screenshot(path=target)
            browser.close()


if __name__ == "__main__":
    take(CLONE / ".github" / "explorer.png")
