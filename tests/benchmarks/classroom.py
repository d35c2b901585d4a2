"""Measure a class on one server: ``python3 -m rmsprop_lesson bench --class``.

One JupyterLab server; N students open it, each with a notebook and a kernel of their own, all at
once; then all of them play and move sliders. Everything travels as it does from a browser: the
page's files, the session, the kernel's messages. The browsers themselves are left out, since a
student's runs on the student's own computer. ``classroom.json`` keeps what a whole run tells.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

import psutil
from lab import FLAGS, TOKEN, find_browser, jupyterlab, write_notebook
from playwright.sync_api import sync_playwright
from processes import ended_in_the_end, megabytes, summary, used
from students import FIRST_PAGE, KINDS
from tornado.httpclient import AsyncHTTPClient

from rmsprop_lesson.keeping import FOLDER

RESULTS = Path(__file__).with_name("classroom.json")
NUMBERS = (1, 8, 16, 30)
AT_ONCE = 6  # files that a browser fetches at a time
PATIENCE = 120
EXPORTS = (  # left out, as TEACHING says: they make the server search its packages, for a menu
    "@jupyterlab/notebook-extension:export",
    "@jupyterlab/notebook-extension:update-raw-mimetype",
)
FOREIGN = ("jupyterlab-plotly", "bqplot", "jupyter-matplotlib")  # no student's page has them


def main(arguments=None):
    options = parse_options(arguments)
    print(f"The load of this machine is {psutil.getloadavg()[0]:.1f}; figures are good below 0.7.")
    files = page_files()
    rows = []
    print(HEAD, flush=True)
    for kind in options.only:
        for number in options.students:
            rows.append(measure(kind, number, files))
            print(table_row(rows[-1]), flush=True)
    if options.only == list(KINDS) and options.students == list(NUMBERS):
        told = {"machine": describe_machine(), "files": len(files), "rows": rows}
        RESULTS.write_text(json.dumps(told, indent=1) + "\n")
        print(f"Written: {RESULTS.name}.")


def parse_options(arguments):
    parser = argparse.ArgumentParser(
        prog="python3 -m rmsprop_lesson bench --class", description=__doc__
    )
    parser.add_argument("--only", type=names, default=list(KINDS), help="such as explorer,interact")
    parser.add_argument("--students", type=numbers, default=list(NUMBERS), help="such as 1,8")
    return parser.parse_args(arguments)


def names(text):
    chosen = text.split(",")
    if not set(chosen) <= set(KINDS):
        raise argparse.ArgumentTypeError(f"{text} is not a list of some of {','.join(KINDS)}")
    return chosen


def numbers(text):
    chosen = [int(each) if each.isdecimal() else 0 for each in text.split(",")]
    if not all(1 <= each <= 60 for each in chosen):
        raise argparse.ArgumentTypeError(f"{text} is not a list of numbers from 1 to 60")
    return chosen


def describe_machine():
    memory = round(psutil.virtual_memory().total / 2**30)
    return f"{os.cpu_count()} cores, {memory} GiB, {platform.machine()}, {platform.system()}"


# ---- opening the page ----


def page_files():
    """Return the addresses of all that a browser fetches to open a notebook for the first time."""
    folder, seen = Path(tempfile.mkdtemp()), {}
    write_notebook(folder / "0.ipynb", "")
    with jupyterlab(folder, EXPORTS) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = browser.new_page()
        page.on("requestfinished", lambda request: note(request, address, seen))
        page.goto(f"{address}/lab/tree/0.ipynb?token={TOKEN}")
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60000)
        page.wait_for_timeout(3000)
        browser.close()
    shutil.rmtree(folder, ignore_errors=True)
    return list(seen)


def note(request, address, seen):
    """Note what was fetched, once, but for the sessions, which each student has to start."""
    path = request.url.removeprefix(address)
    left_out = ("/api/sessions", "/api/kernels/", *(f"/lab/extensions/{name}" for name in FOREIGN))
    if request.method == "GET" and path.startswith("/") and not path.startswith(left_out):
        seen[path.partition("?token=")[0]] = True


async def fetch_page(address, files, name):
    """Fetch the files of the page as a browser without any of them does."""
    headers, client = {"Authorization": f"token {TOKEN}"}, AsyncHTTPClient()
    left = iter(path.replace("0.ipynb", name) for path in files)

    async def fetch_rest():
        for path in left:
            await client.fetch(address + path, headers=headers, request_timeout=PATIENCE)

    await client.fetch(address + next(left), headers=headers, request_timeout=PATIENCE)
    await asyncio.gather(*(fetch_rest() for _ in range(AT_ONCE)))


# ---- a class ----


def measure(kind, number, files):
    """Return the figures of a class of students with one kind of notebook."""
    folder = Path(tempfile.mkdtemp())
    os.environ[FOLDER] = str(folder / "kept")  # empty, until the teacher opens the notebook
    with ended_in_the_end(), jupyterlab(folder, EXPORTS) as address:
        server = next(each for each in psutil.Process().children() if is_server(each))
        AsyncHTTPClient.configure(None, max_clients=AT_ONCE * number)
        figures = asyncio.run(hold_class(kind, number, files, folder, address, server))
    shutil.rmtree(folder, ignore_errors=True)
    return {"kind": kind, "students": number} | figures


def is_server(process):
    return "jupyterlab" in process.cmdline()


async def hold_class(kind, number, files, folder, address, server):
    """Let a class open their notebooks, play, and type values; return what it takes."""
    load = psutil.getloadavg()[0]
    await open_notebook(KINDS[kind], folder, address, [], "teacher")  # fills all caches
    first_cpu = used(server.children()[0])
    await end_sessions(address)
    before, driver, start = used(server), used(psutil.Process()), time.perf_counter()
    opened = await asyncio.gather(
        *(open_notebook(KINDS[kind], folder, address, files, str(k)) for k in range(number))
    )
    students = [student for student, _, _ in opened]
    await asyncio.sleep(1)
    kernels = server.children()
    told = {
        "load_before": load,
        "page": summary([page - start for _, page, _ in opened]),
        "answered": summary([answered - start for _, _, answered in opened]),
        "start_cpu": {
            "kernel": statistics.median(map(used, kernels)),
            "kernel_with_empty_caches": first_cpu,
            "server": (used(server) - before) / number,
            "driver": (used(psutil.Process()) - driver) / number,
        },
    }
    told["playing"] = await play(students, [server, *kernels])
    told["typed"] = await type_values(students)
    told["memory"] = {
        "student": statistics.median(map(megabytes, kernels)),
        "server": megabytes(server),
        "class": sum(map(megabytes, [server, *kernels])),
    }
    await end_sessions(address)
    return told


async def open_notebook(make, folder, address, files, name):
    """Return a student with an open notebook, when the page was there, and when it answered."""
    shutil.copy(FIRST_PAGE, folder / f"{name}.ipynb")
    if files:
        await fetch_page(address, files, f"{name}.ipynb")
    page, student = time.perf_counter(), make(f"{name}.ipynb", seed=name)
    await student.open(address, TOKEN)
    return student, page, time.perf_counter()


async def end_sessions(address):
    headers, client = {"Authorization": f"token {TOKEN}"}, AsyncHTTPClient()
    sessions = json.loads((await client.fetch(f"{address}/api/sessions", headers=headers)).body)
    for each in sessions:
        where = f"{address}/api/sessions/{each['id']}"
        await client.fetch(where, method="DELETE", headers=headers, request_timeout=PATIENCE)


async def play(students, processes, seconds=5):
    """Return what it costs the server per second that all students play, and what they see."""
    before, start = sum(map(used, processes)), time.perf_counter()
    seen = sum(student.pictures for student in students)
    await asyncio.gather(*(student.play(seconds) for student in students))
    passed = time.perf_counter() - start
    pictures = sum(student.pictures for student in students) - seen
    return {
        "cpu": (sum(map(used, processes)) - before) / passed,
        "pictures": pictures / passed / len(students),
    }


async def type_values(students, values=60, seconds=40):
    """Return the waits for typed values, one after the other, while the others play and slide."""
    others = [asyncio.create_task(student.live()) for student in students[1:]]
    waits, end = [], time.monotonic() + seconds
    for student in cycle(students):
        waits.append(1000 * await student.type())
        await asyncio.sleep(student.chance.uniform(0, 0.2))
        if len(waits) == values or time.monotonic() > end:
            break
    for each in others:
        each.cancel()
    ended = await asyncio.gather(*others, return_exceptions=True)
    for trouble in ended:
        if not isinstance(trouble, asyncio.CancelledError):
            raise trouble
    return summary(waits)


# ---- telling ----

HEAD = """
kind      students | MB: student server class | CPU s each to start: kernel server |\
 s to page: last | to answer: p95 last | typed ms: median p95 | playing: cores pictures/s"""


def table_row(row):
    memory, start, answered = row["memory"], row["start_cpu"], row["answered"]
    typed, playing = row["typed"], row["playing"]
    return (
        f"{row['kind']:9} {row['students']:8} |"
        f" {memory['student']:11.0f} {memory['server']:6.0f} {memory['class']:5.0f} |"
        f" {start['kernel']:27.2f} {start['server']:6.2f} | {row['page']['last']:15.1f} |"
        f" {answered['p95']:14.1f} {answered['last']:4.1f} |"
        f" {typed['median']:16.0f} {typed['p95']:3.0f} |"
        f" {playing['cpu']:14.2f} {playing['pictures']:10.1f}"
    )


if __name__ == "__main__":
    main()
