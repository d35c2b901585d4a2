"""Measure the explorer beside its peers: ``python3 -m rmsprop_lesson bench``.

One real JupyterLab, one real Chromium, one machine, one run. ``results.json`` keeps every figure,
``.github/bench.png`` and a table in README show those that a reader feels. All are written by a
whole run alone.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

import classroom
import core
import psutil
import report
from lab import CLONE, FLAGS, find_browser, free_port, jupyterlab
from peers import CELLS
from playwright.sync_api import sync_playwright
from relay import delayed
from screen import Screen, first_picture, measure, measure_busy, measure_dead

from rmsprop_lesson.keeping import FOLDER

RESULTS = Path(__file__).with_name("results.json")
PICTURE = CLONE / ".github" / "bench.png"
README = CLONE / "README.md"
WRITTEN = (RESULTS, PICTURE, README)
ROUND_TRIP = 0.15  # seconds


def main():
    options = parse_options()
    presses = 15 if options.quick else 50
    print(f"The load of this machine is {psutil.getloadavg()[0]:.1f}; figures are good below 0.7.")
    results = {"machine": describe_machine(), "presses": presses, "screen": {}, "core": []}
    results["screen"] = measure_screens(options.only, presses, options.quick)
    print(report.screen_tables(results["screen"]))
    if not options.quick:
        results["core"] = core.measure()
        print(report.core_table(results["core"]))
    if not options.quick and options.only == list(CELLS):
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        report.draw(results["screen"], PICTURE)
        README.write_text(report.in_place(README.read_text("utf-8"), results), "utf-8")
        print(f"Written: {', '.join(str(each.relative_to(CLONE)) for each in WRITTEN)}.")


def parse_options():
    parser = argparse.ArgumentParser(prog="python3 -m rmsprop_lesson bench", description=__doc__)
    parser.add_argument("--class", action="store_true", help="a class on one server instead")
    parser.add_argument("--quick", action="store_true", help="15 key presses, near and idle only")
    parser.add_argument("--only", type=kinds, default=list(CELLS), help="such as explorer,plotly")
    return parser.parse_args()


def kinds(text):
    chosen = text.split(",")
    if not set(chosen) <= set(CELLS):
        raise argparse.ArgumentTypeError(f"{text} is not a list of some of {','.join(CELLS)}")
    return chosen


def describe_machine():
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python " + (
        platform.python_version()
    )


def measure_screens(chosen, presses, quick):
    """Return what is measured of each kind: {kind: {state: figures}}."""
    folder, port, told = Path(tempfile.mkdtemp()), free_port(), {kind: {} for kind in chosen}
    os.environ[FOLDER] = str(folder / "kept")  # nothing is kept from before
    with sync_playwright() as playwright, jupyterlab(folder) as address:
        flags = [*FLAGS, f"--remote-debugging-port={port}"]
        browser = playwright.chromium.launch(executable_path=find_browser(), args=flags)

        def open_screen(kind, address):
            return Screen(browser, port, address, folder, kind)

        for kind in chosen:
            print(f"Measuring {kind}.", flush=True)
            screen = open_screen(kind, address)
            told[kind]["local"] = measure(screen, presses)
            if not quick:
                told[kind]["busy"] = measure_busy(screen, presses)
                if kind == "explorer":
                    told[kind] |= measure_dead(screen, presses)
            screen.close()
            if not quick:
                screen = open_screen(kind, address)
                told[kind]["again"] = {"first": first_picture(screen)}
                screen.close()
                with delayed(address, ROUND_TRIP) as far:
                    screen = open_screen(kind, far)
                    told[kind]["150 ms"] = measure(screen, presses)
                    screen.close()
        browser.close()
    return told


if __name__ == "__main__":
    if "--class" in sys.argv:
        classroom.main([each for each in sys.argv[1:] if each != "--class"])
    else:
        main()
