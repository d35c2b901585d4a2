"""A real Jupyter server with its front ends, and a real Chromium, for the tests that need both."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat

from rmsprop_lesson.setup_environment import page_settings

CLONE = Path(__file__).parents[2]
FRONT_ENDS = {"JupyterLab": "doc/tree", "Notebook": "notebooks", "Voila": "voila/render"}
TOKEN = "a-token-for-the-tests"
POLICY = "script-src 'self' blob: 'unsafe-inline' 'unsafe-eval'"  # anywidget, JupyterLab need these
ERROR = re.compile(rb'"msg_type": ?"error"|Traceback')
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # In the place of Playwright's list. The popup of the address bar costs as much as a small page.
    "--disable-features=HttpsUpgrades,MediaRouter,OptimizationHints,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # as if offline
]


def find_browser():
    """Return the path of Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def watched_page(browser):
    """Return a page that keeps the errors of its console, and what goes to and fro a kernel."""
    opened = browser.new_page(viewport={"width": 1280, "height": 1300})
    opened.problems, opened.sent, opened.received = [], [], []
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.on(
        "console",
        lambda message: opened.problems.append(message.text) if message.type == "error" else None,
    )

    def listen(socket):
        if "/channels" in socket.url:  # the kernel's
            socket.on("framesent", lambda data: opened.sent.append(data))
            socket.on("framereceived", lambda data: opened.received.append(data))

    opened.on("websocket", listen)
    return opened


def errors_of_kernel(page):
    """Return the messages in which the kernel has told the page of an error, as bytes."""
    return [each for each in page.received if ERROR.search(each)]


def write_notebook(path, *cells):
    """Write a notebook of code cells, with fixed ids, for the kernel python3."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(cells)],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    nbformat.write(notebook, path)


@contextlib.contextmanager
def jupyterlab(folder, without=()):
    """Run JupyterLab in a folder, with Notebook and Voila where installed; yield its address.

    ``without`` names extensions of JupyterLab that are left out as well.
    """
    port = free_port()
    home = Path(folder) / ".home"
    home.mkdir(exist_ok=True)
    environment = os.environ | {
        "PYTHONPATH": str(CLONE),
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    settings = home / "config" / "labconfig"
    settings.mkdir(parents=True, exist_ok=True)
    page = json.loads(page_settings())
    page["disabledExtensions"] |= dict.fromkeys(without, True)
    (settings / "page_config.json").write_text(json.dumps(page))
    log = open(home / "server.log", "w")  # noqa: SIM115
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={TOKEN}",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            f"--ServerApp.root_dir={folder}",
            f"--ServerApp.tornado_settings={ {'headers': {'Content-Security-Policy': POLICY}} }",
        ],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=folder,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=2).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((home / "server.log").read_text()) from None
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(120)
        log.close()


def open_notebook(page, address, name, run=True, front_end="JupyterLab"):
    """Open a notebook in a front end and run all of its cells; JupyterLab in simple mode."""
    where = f"{address}/{FRONT_ENDS[front_end]}/{name}?token={TOKEN}&reset"
    page.goto(where, wait_until="commit")
    if front_end == "Voila":
        return  # it has run them before it shows them
    page.wait_for_function("window.jupyterapp !== undefined", timeout=60000)
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60000)
    page.evaluate("window.jupyterapp.restored")
    wait_for_kernel(page)
    if run:
        run_all(page)


def wait_for_kernel(page):
    """Wait until the kernel is idle; answer the dialog that asks which kernel to use."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        select = page.locator(".jp-Dialog button.jp-mod-accept")
        if select.count():
            select.first.click()
        if (
            page.evaluate(
                """() => { const panel = window.jupyterapp.shell.currentWidget;
                return panel?.sessionContext?.session?.kernel?.status ?? "none"; }"""
            )
            == "idle"
        ):
            return
        page.wait_for_timeout(100)
    raise RuntimeError("the kernel did not become idle")


def start_kernel(page):
    """Give the notebook a new kernel, whether the old one lives or not."""
    page.evaluate(
        """async () => {
            const session = window.jupyterapp.shell.currentWidget.sessionContext;
            await session.shutdown();
            await session.startKernel();
        }"""
    )
    wait_for_kernel(page)


def replace_cells(page, *cells):
    """Put cells, whole ones or the sources of code cells, in place of all of the notebook's."""
    page.evaluate(
        """(cells) => {
            for (const each of document.querySelectorAll(".jp-Notebook .jp-Cell"))
                each.dataset.replaced = "";
            const shared = window.jupyterapp.shell.currentWidget.content.model.sharedModel;
            shared.transact(() => {  // an empty notebook would be given a cell
                shared.deleteCellRange(0, shared.cells.length);
                shared.insertCells(0, cells);
            });
        }""",
        [
            {"cell_type": "code", "source": cell, "metadata": {}, "outputs": []}
            if isinstance(cell, str)
            else cell
            for cell in cells
        ],
    )
    page.wait_for_function("document.querySelector('[data-replaced]') === null")


def keep_hidden_cells(page):
    """Keep the cells that are out of sight where a test finds them: JupyterLab 4.4 hides them."""
    page.evaluate(
        """() => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            const config = notebook.notebookConfig;
            if (config.windowingMode === "full")
                notebook.notebookConfig = { ...config, windowingMode: "none" };
        }"""
    )


def run_all(page):
    """Run all cells and wait until they are done."""
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")


def change_theme(page, name):
    """Show JupyterLab or Notebook in the theme "Light" or "Dark"."""
    page.evaluate(
        "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
        f"JupyterLab {name}",
    )
    is_light = str(name == "Light").lower()
    page.locator(f"body[data-jp-theme-light={is_light}]").wait_for(state="attached", timeout=60000)
    # JupyterLab covers the page meanwhile, and uncovers it 0.2 s later. Where the next change comes
    # before that, it takes the cover away twice, which is an error.
    page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=60000)


def painted(page):
    """Wait until the changes made so far have been painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def computed(page):
    """Wait until the changes have been painted, and what Python computes for them, too."""
    painted(page)  # before that, the player does not say that it waits
    page.wait_for_function("document.querySelector('.rmsprop-waiting') === null")
    painted(page)


def run_code(page, code):
    """Run code in the kernel of the notebook, outside of its cells; return what it printed."""
    return page.evaluate(
        """async (code) => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const future = kernel.requestExecute({ code, store_history: false });
            let printed = "";
            future.onIOPub = (message) => {
                const { content, header } = message;
                if (header.msg_type === "stream") printed += content.text;
                if (header.msg_type === "error") printed += content.traceback.join("\\n");
            };
            await future.done;
            return printed;
        }""",
        code,
    ).strip()
