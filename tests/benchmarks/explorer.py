"""How long a reader waits, beside the usual way: ``python tests/benchmarks/explorer.py``.

In one run, on one machine, in a real JupyterLab and a real Chromium: the explorer, and `interact`
that draws the same four panels with matplotlib for each position of its sliders. Times in ms.
"Painted" is the message posted from the frame in which the picture changed. The explorer is
measured here, through a link with 150 ms round trip, while another cell blocks the kernel, and
after the kernel has died.
"""

import asyncio
import contextlib
import statistics
import sys
import tempfile
import threading
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from lab import FLAGS, find_browser, free_port, jupyterlab, open_notebook, write_notebook
from playwright.sync_api import sync_playwright

IMPORTS = """import matplotlib.pyplot as plt
from ipywidgets import SelectionSlider, interact
from rmsprop_lesson.dials import POSITIONS
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.figures import DRAW
from rmsprop_lesson.optimizers import rmsprop
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.trajectory import run
problem = linear_regression()"""
EXPLORER = "Explorer(problem)"
INTERACT = """def show(lr, beta, epsilon):
    path = run(problem, n_steps=200, lr=lr, beta=beta, epsilon=epsilon)
    figure, axes = plt.subplots(2, 2, figsize=(9.2, 6.2))
    for ax, draw in zip(axes.flat, DRAW.values()):
        draw(ax, problem, [("RMSProp", path)])
    plt.show()
def slider(name, value):
    slider = SelectionSlider(options=POSITIONS[name], value=value)
    return slider.add_class(f"rmsprop-slider-{name}")
interact(show, lr=slider("lr", .1), beta=slider("beta", .9), epsilon=slider("epsilon", 1e-8));"""

CHANGED = {  # calls its argument once the picture has changed and been painted
    "explorer": """(root, painted) => new MutationObserver(() => painted())
        .observe(root.querySelector(".rmsprop-panels"), { attributes: true, subtree: true })""",
    "interact": """(root, painted) => new MutationObserver((changes) => {
        for (const change of changes) for (const node of change.addedNodes)
            node.querySelectorAll?.("img").forEach((image) => image.decode().then(() =>
                requestAnimationFrame(painted)));
    }).observe(root, { childList: true, subtree: true })""",
}
WATCH = """([changed, selector]) => {
    const root = document.querySelector(selector);
    const channel = new MessageChannel();
    let pressed = 0, posted = false;
    window.waits = [];
    document.addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
    channel.port1.onmessage = () => {
        posted = false;
        if (pressed) window.waits.push(performance.now() - pressed);
        pressed = 0;
    };
    changed(root, () => { if (!posted) channel.port2.postMessage(0); posted = true; });
}"""
FRAMES = """() => new Promise((done) => {
    const times = [];
    const line = document.querySelector(".rmsprop-done");
    new MutationObserver(() => times.push(performance.now())).observe(line, { attributes: true });
    setTimeout(() => done(times), 3000);
})"""


async def pass_on(reader, writer, delay):
    """Pass bytes on, each after the delay, in their order."""
    loop, waiting = asyncio.get_running_loop(), asyncio.Queue()

    async def send():
        while (item := await waiting.get()) is not None:
            due, data = item
            await asyncio.sleep(max(0, due - loop.time()))
            writer.write(data)
            await writer.drain()
        writer.close()

    sending = asyncio.create_task(send())
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            waiting.put_nowait((loop.time() + delay, data))
    waiting.put_nowait(None)
    with contextlib.suppress(OSError):
        await sending


@contextlib.contextmanager
def delayed(address, round_trip):
    """Relay an address on loopback with a round trip in seconds; yield the relay's address."""
    target, port = int(address.rsplit(":", 1)[1]), free_port()

    async def connect(reader, writer):
        there = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(
            pass_on(reader, there[1], round_trip / 2), pass_on(there[0], writer, round_trip / 2)
        )

    async def serve():
        async with await asyncio.start_server(connect, "127.0.0.1", port):
            await asyncio.Event().wait()

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # connections that the page has closed
    threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True).start()
    yield f"http://127.0.0.1:{port}"


BLOCK = """() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
    .requestExecute({ code: "import ctypes; ctypes.PyDLL(None).sleep(60)" }); }"""
KILL = "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"


def key_to_paint(page, kind, name, presses):
    """Return the waits in ms of so many key presses on a slider."""
    page.evaluate("() => (window.waits = [])")
    page.locator(f".rmsprop-slider-{name} .noUi-handle").focus()
    for i in range(presses):
        page.keyboard.press("ArrowRight" if i % 6 < 3 else "ArrowLeft")
        page.wait_for_function(f"() => window.waits.length > {i}", timeout=20000)
        page.wait_for_timeout(40)
    return page.evaluate("() => window.waits")


def show(where, page, kind, presses):
    """Print and return the median wait for each slider."""
    medians = {}
    for name in ("lr", "beta", "epsilon"):
        waits = sorted(key_to_paint(page, kind, name, presses))
        medians[name] = statistics.median(waits)
        print(
            f"{kind}, {where}: {name}: key to paint, median {medians[name]:.1f} ms,"
            f" 95th percentile {waits[int(0.95 * len(waits))]:.1f} ms, n = {len(waits)}"
        )
    return medians


def measure(browser, address, folder, kind, cell, ready, presses, where="local"):
    name = f"{kind} {where}.ipynb"
    write_notebook(folder / name, IMPORTS, cell)
    page = browser.new_page(viewport={"width": 1280, "height": 1300})
    open_notebook(page, address, name, run=False)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-cell-and-select-next')")
    page.wait_for_function(
        "document.querySelector('.jp-CodeCell .jp-InputPrompt').textContent.trim() === '[1]:'"
    )
    start = page.evaluate(
        "() => { window.jupyterapp.commands.execute('notebook:run-cell-and-select-next');"
        " return performance.now(); }"
    )
    page.locator(ready).first.wait_for(state="attached", timeout=30000)
    first = page.evaluate("() => performance.now()") - start
    page.wait_for_timeout(1500)
    page.evaluate(
        f"(given) => ({WATCH})([{CHANGED[kind]}, given])",
        ".jp-CodeCell:nth-of-type(2), .jp-Notebook",
    )
    print(f"{kind}, {where}: from running the cell to the first picture {first:.0f} ms")
    medians = show(where, page, kind, presses)
    if kind == "explorer":
        page.get_by_label("speed").select_option("60 steps/s")
        page.get_by_role("button", name="Play", exact=True).click()
        times = page.evaluate(FRAMES)
        gaps = [later - earlier for earlier, later in pairwise(times)]
        print(
            f"explorer, {where}: playing, {1000 / statistics.mean(gaps):.0f} pictures/s,"
            f" longest gap {max(gaps):.0f} ms"
        )
    if kind == "explorer" and where == "local":
        for state, code in {"kernel blocked": BLOCK, "kernel dead": KILL}.items():
            page.evaluate(code)
            page.wait_for_timeout(500)
            show(state, page, kind, presses)
    page.close()
    return medians


def main():
    folder = Path(tempfile.mkdtemp())
    with sync_playwright() as playwright, jupyterlab(folder) as address:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        ready = ".rmsprop-done[points*=',']"
        with delayed(address, 0.15) as far:
            measure(browser, far, folder, "explorer", EXPLORER, ready, 50, "150 ms away")
        ours = measure(browser, address, folder, "explorer", EXPLORER, ready, 50)
        usual = measure(
            browser, address, folder, "interact", INTERACT, ".jp-OutputArea img", presses=12
        )
        browser.close()
    for name in ours:
        print(f"{name}: the usual way takes {usual[name] / ours[name]:.0f} times as long")


if __name__ == "__main__":
    main()
