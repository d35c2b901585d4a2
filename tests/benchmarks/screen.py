"""One notebook in a real JupyterLab and a real Chromium: what a reader sees, and when.

A picture counts as painted when a message arrives that was posted from the frame in which it
changed. A picture may come in several frames; the wait is the one until the last of them. All
times are those of the page's clock, in ms.
"""

import statistics
import time
from itertools import pairwise

import psutil
from hand import shake
from lab import open_notebook, run_code, write_notebook
from peers import CELLS, CHANGED, IMPORTS, READY

SLIDERS = ("lr", "beta", "epsilon")
QUIET = 0.2  # seconds without a change: the picture is complete
PATIENCE = 10  # seconds that a key press may take
ENOUGH = 60  # seconds, after which a slow way needs no more presses

WATCH = """(changed) => {
    const channel = new MessageChannel();
    let posted = false;
    Object.assign(window, { paints: [], presses: [], moves: [], delays: [] });
    channel.port1.onmessage = () => { posted = false; window.paints.push(performance.now()); };
    document.addEventListener("keydown", (event) => window.presses.push(event.timeStamp), true);
    document.addEventListener("pointermove", (event) => window.moves.push(event.timeStamp), true);
    new PerformanceObserver((list) => window.delays.push(...list.getEntries()
        .filter(({ name }) => name === "keydown").map(({ duration }) => duration)))
        .observe({ type: "event", durationThreshold: 16 });
    changed(document.querySelector(".jp-Notebook"), () => {
        if (!posted) channel.port2.postMessage(0);
        posted = true;
    });
}"""
FORGET = "() => { for (const name of ['paints', 'presses', 'moves', 'delays']) window[name] = []; }"
BUSY = """() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
    .requestExecute({ code: "while True: sum(range(1000))" }); }"""
BLOCK = """() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
    .requestExecute({ code: "import ctypes; ctypes.PyDLL(None).sleep(60)" }); }"""
INTERRUPT = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
KILL = "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
NEXT_CELL = """() => { window.jupyterapp.commands.execute("notebook:run-cell-and-select-next");
    return performance.now(); }"""
IDLE = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"


class Screen:
    """A notebook with the explorer or a peer, in a browser window of its own."""

    def __init__(self, browser, port, address, folder, kind):
        write_notebook(folder / f"{kind}.ipynb", IMPORTS, CELLS[kind])
        self.kind, self.browser, self.port = kind, browser, port
        self.context = browser.new_context(viewport={"width": 1280, "height": 1300})
        self.page = self.context.new_page()
        self.bytes = self.fetched = 0
        self.page.on("websocket", self._count)
        network = self.context.new_cdp_session(self.page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", self._count_file)
        open_notebook(self.page, address, f"{kind}.ipynb", run=False)
        self.kernel = psutil.Process(int(run_code(self.page, "import os; print(os.getpid())")))
        self.page.evaluate(NEXT_CELL)
        self.page.wait_for_function(
            "document.querySelector('.jp-CodeCell .jp-InputPrompt').textContent.trim() === '[1]:'"
        )
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:hide-all-cell-code')")
        self.page.evaluate(f"() => ({WATCH})({CHANGED[kind]})")
        self.pause(1)

    def _count(self, socket):
        if "/channels" in socket.url:  # the kernel's
            for event in ("framesent", "framereceived"):
                socket.on(event, lambda data: setattr(self, "bytes", self.bytes + len(data)))

    def _count_file(self, event):
        self.fetched += event["encodedDataLength"]

    def close(self):
        if self.kernel.is_running():
            self.page.evaluate(KILL)
        self.context.close()

    def pause(self, seconds):
        self.page.wait_for_timeout(1000 * seconds)

    def read(self, name):
        return self.page.evaluate(f"() => window.{name}")

    def settle(self, quiet=QUIET, patience=PATIENCE):
        """Wait until pictures have come and come no more; return whether there was one."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            seen = self.page.evaluate(
                "() => [window.paints.length, performance.now() - (window.paints.at(-1) ?? 0)]"
            )
            if seen[0] and seen[1] > 1000 * quiet:
                return True
            self.pause(min(0.02, quiet / 4))
        return bool(self.read("paints"))

    def cost(self):
        """Return the kernel's CPU time in ms and the bytes on its line so far."""
        self.pause(0.01)  # for what has been counted to arrive
        used = self.kernel.cpu_times()
        return 1000 * (used.user + used.system), self.bytes

    def press(self, name, key):
        """Press a key on a slider; return the wait until the picture is complete, or None."""
        self.page.evaluate(FORGET)
        self.page.locator(f".rmsprop-slider-{name} .noUi-handle").press(key)
        if not self.settle():
            return None
        return self.read("paints")[-1] - self.read("presses")[0]


def first_picture(screen):
    """Run the cell; return what it takes until the first picture and its first answer."""
    before, fetched = screen.cost(), screen.fetched
    held = memory(screen)
    start = screen.page.evaluate(NEXT_CELL)
    screen.page.locator(READY[screen.kind]).first.wait_for(state="attached", timeout=60000)
    shown = screen.page.evaluate("() => performance.now()") - start
    wait = screen.press("lr", "ArrowRight")
    answered = screen.read("paints")[-1] - start
    assert wait is not None, f"{screen.kind} does not answer"
    screen.pause(2)
    after = screen.cost()
    return {
        "shown": shown,
        "answered": answered,
        "cpu": after[0] - before[0],
        "bytes": after[1] - before[1] + screen.fetched - fetched,
    } | {name: now - held[name] for name, now in memory(screen).items()}


def keys(screen, presses):
    """Return the waits after so many key presses on each slider."""
    told = {}
    for name in SLIDERS:
        waits, delays, end = [], [], time.monotonic() + ENOUGH
        for i in range(presses):
            if time.monotonic() > end:
                break
            waits.append(screen.press(name, "ArrowRight" if i % 6 < 3 else "ArrowLeft"))
            delays += screen.read("delays")
            if waits[-1] is None:
                return told | {name: {"n": i + 1, "over": 1000 * PATIENCE}}
        told[name] = summary(waits)
        unheard = [8] * (
            len(waits) - len(delays)
        )  # Event Timing tells of 16 ms and more, by eights
        told[name]["event_timing"] = summary(unheard + delays)
    return told


def keys_and_cost(screen, presses):
    """Return the waits, and the kernel's CPU time and the bytes for one key press."""
    before, told = screen.cost(), keys(screen, presses)
    number = sum(each["n"] for each in told.values())
    cpu, sent = ((new - old) / number for old, new in zip(before, screen.cost(), strict=True))
    return {"keys": told, "press": {"cpu": cpu, "bytes": sent}}


def drag(screen, seconds=3):
    """Drag the first slider to and fro; return pictures per second and the lag at the end."""
    track = screen.page.locator(".rmsprop-slider-lr .noUi-base").bounding_box()
    handle = screen.page.locator(".rmsprop-slider-lr .noUi-handle").bounding_box()
    height = handle["y"] + handle["height"] / 2

    def place_at(passed):  # there and back in a second; at the end far from where it was
        place = abs(1 - 2 * passed % 2) if passed < seconds else 0.5
        return track["x"] + place * track["width"], height

    screen.page.mouse.move(handle["x"] + handle["width"] / 2, height)
    screen.page.mouse.down()
    screen.page.evaluate(FORGET)
    before = screen.cost()
    hand = shake(screen.port, screen.page.url, place_at, seconds)
    while hand.is_alive():
        screen.pause(0.1)
    answered = screen.settle(3, 3 * PATIENCE)
    after, paints, moves = screen.cost(), screen.read("paints"), screen.read("moves")
    screen.page.mouse.up()
    during = [each for each in paints if moves[0] <= each <= moves[-1]]
    dragged = (moves[-1] - moves[0]) / 1000
    return {
        "pictures": len(during) / dragged,
        "lag": paints[-1] - moves[-1] if answered and paints[-1] > moves[-1] else None,
        "moves": len(moves) / dragged,
        "cpu": (after[0] - before[0]) / dragged,
        "bytes": (after[1] - before[1]) / dragged,
    }


def play(screen, seconds=3):
    """Play 60 iterations a second; return frames per second and the longest gap."""
    page = screen.page
    if screen.kind == "explorer":
        page.get_by_label("speed").select_option("60 steps/s")
        button, to_the_start = (
            page.get_by_title(each) for each in ("Play or pause", "To the start")
        )
    else:
        button, to_the_start = (page.locator(".widget-play button").nth(i) for i in (0, 1))
    page.evaluate(FORGET)
    to_the_start.click()
    screen.settle(1)  # until what the click sends has come and gone
    button.click()
    page.evaluate(FORGET)
    before, start = screen.cost(), page.evaluate("() => performance.now()")
    screen.pause(seconds)
    paints, end = screen.read("paints"), page.evaluate("() => performance.now()")
    after = screen.cost()
    button.click()
    screen.settle(1, PATIENCE)
    gaps = [later - earlier for earlier, later in pairwise([start, *paints, end])]
    return {
        "frames": 1000 * len(paints) / (end - start),
        "gap": max(gaps),
        "cpu": 1000 * (after[0] - before[0]) / (end - start),
        "bytes": 1000 * (after[1] - before[1]) / (end - start),
    }


def idle(screen, seconds=5):
    """Return what the kernel costs per second while nothing is done."""
    before = screen.cost()
    screen.pause(seconds)
    return {
        name: (new - old) / seconds
        for name, old, new in zip(("cpu", "bytes"), before, screen.cost(), strict=True)
    }


def memory(screen):
    """Return what the kernel and the page's process hold, in MB, once the rubbish is gone."""
    rubbish = screen.context.new_cdp_session(screen.page)
    rubbish.send("HeapProfiler.collectGarbage")
    rubbish.detach()
    session = screen.browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    pages = [psutil.Process(each["id"]) for each in processes if each["type"] == "renderer"]
    return {"kernel_mb": megabytes(screen.kernel), "browser_mb": max(map(megabytes, pages))}


def megabytes(process):
    """Return a process's share of the memory where the system tells it, else what it touches."""
    held = process.memory_full_info()
    return getattr(held, "pss", held.rss) / 1e6


def summary(values):
    """Return the median, the 95th percentile and the number of values."""
    values = sorted(values)
    place = min(len(values) - 1, int(0.95 * len(values)))
    return {"median": statistics.median(values), "p95": values[place], "n": len(values)}


def measure(screen, presses):
    """Return all that is measured while the kernel is free."""
    told = {"first": first_picture(screen), "idle": idle(screen)}
    told |= keys_and_cost(screen, presses)
    return told | {"drag": drag(screen), "play": play(screen), "memory": memory(screen)}


def measure_busy(screen, presses):
    """Return what is measured while the kernel is busy with another cell."""
    screen.page.evaluate(BUSY)
    screen.pause(1)
    told = {"keys": keys(screen, presses), "drag": drag(screen), "play": play(screen)}
    screen.page.evaluate(INTERRUPT)
    screen.page.wait_for_function(IDLE, timeout=60000)
    return told


def measure_dead(screen, presses):
    """Return the waits while nothing at all comes from the kernel, and after it has died."""
    told = {}
    for state, code in {"blocked": BLOCK, "dead": KILL}.items():
        screen.page.evaluate(code)
        screen.pause(0.5)
        told[state] = {"keys": keys(screen, presses)}
    return told
