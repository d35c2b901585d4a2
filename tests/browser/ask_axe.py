"""Ask axe-core about the outputs of every notebook in every front end.

``python tests/browser/ask_axe.py`` takes some minutes. The tests ask about every notebook in
JupyterLab, and about every kind of output in the others.
"""

import shutil
import tempfile
from pathlib import Path

from accessible import NOT_OURS, OUTPUTS, complaints
from lab import CLONE, FLAGS, FRONT_ENDS, find_browser, jupyterlab, open_notebook
from playwright.sync_api import sync_playwright

TALL = {"width": 1280, "height": 30000}  # front ends draw what is in the window


def ask(browser, address, front_end, name):
    """Return how many outputs a notebook has in a front end, and the complaints about them."""
    page = browser.new_page(viewport=TALL)
    open_notebook(page, address, name, run=front_end != "Voila", front_end=front_end)
    page.locator(".rmsprop-player svg, .rmsprop-predict").first.wait_for(timeout=120_000)
    count = -1
    while count != (now := page.locator(f"{OUTPUTS} *").count()):  # until nothing is added
        count = now
        page.wait_for_timeout(8000)
    found = complaints(page, OUTPUTS, NOT_OURS)
    shown = page.locator(OUTPUTS).count()
    page.close()
    return shown, found


def main():
    """Print a line for each notebook in each front end; return how many have complaints."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for path in sorted((CLONE / "notebooks").glob("*.ipynb")):
            shutil.copy(path, Path(folder, path.name))
        with jupyterlab(folder) as address:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            for front_end in FRONT_ENDS:
                for path in sorted(Path(folder).glob("*.ipynb")):
                    shown, found = ask(browser, address, front_end, path.name)
                    wrong += bool(found)
                    print(
                        f"{front_end:10} {path.name:28} {shown:3} outputs",
                        found or "nothing",
                        flush=True,
                    )
            browser.close()
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
