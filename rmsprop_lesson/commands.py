"""What ``python3 -m rmsprop_lesson`` can do: open the lesson, test, refresh, site, bench, links.

Standard library only.
"""

import argparse
import errno
import os
import shutil
import subprocess
import sys

from rmsprop_lesson.links import print_links
from rmsprop_lesson.setup_environment import (
    CLONE,
    Trouble,
    environment_python,
    lesson_variables,
    say,
    set_up,
    set_up_bench,
)
from rmsprop_lesson.working_copy import choose_folder, copy_notebooks

FIRST_PAGE = "00_start_here.ipynb"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
DEMAND_BROWSER = "RMSPROP_LESSON_DEMAND_BROWSER"
ALL_TESTS = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]  # see tests/conftest.py
SLOW_TESTS = ("browser", "site", "test_bad_values.py", "test_binder.py", "test_canaries.py")
SLOW_TESTS += ("test_charts.py", "test_commands.py", "test_contributing.py", "test_data_sets.py")
SLOW_TESTS += ("test_every_control.py", "test_explorer.py", "test_hostile_rules.py")
SLOW_TESTS += ("test_keeping.py", "test_out_of_order.py", "test_predictions.py")
SLOW_TESTS += ("test_refresh.py", "test_teaching.py", "test_topic_*.py")
QUICK_TESTS = [*ALL_TESTS, "tests", *(f"--ignore-glob=tests/{name}" for name in SLOW_TESTS)]

HELP = """\
Learn RMSProp by moving its learning rate, beta and epsilon.

  python3 -m rmsprop_lesson            set up what is needed, open the lesson in JupyterLab
  python3 -m rmsprop_lesson test       run every test, --quick most of them; more goes to pytest
  python3 -m rmsprop_lesson refresh    run the notebooks and store their outputs (--check looks)
  python3 -m rmsprop_lesson site       write the lesson as web pages into _site/ (--open shows them)
  python3 -m rmsprop_lesson bench      measure the explorer beside its peers (--quick tries it out)
  python3 -m rmsprop_lesson links      print links that open the lesson on the web
"""


def main(arguments):
    """Run a command; return the exit code. Whatever goes wrong is told in a sentence."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a path may have letters that the terminal lacks
    commands = {
        "test": run_tests,
        "refresh": refresh,
        "site": site,
        "bench": bench,
        "links": print_links,
    }
    try:
        if arguments and arguments[0] in commands:
            return commands[arguments[0]](arguments[1:])
        return open_lesson(arguments)
    except Trouble as trouble:
        sentence = str(trouble)
    except OSError as error:
        sentence = explain_system_error(error)
    print(sentence, file=sys.stderr)
    return 1


def explain_system_error(error):
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full{where}. The lesson needs about 500 MB."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"This place cannot be written to{where}."
            " Copy the lesson's folder to where you may write, and start again there."
        )
    return f"The system says: {error.strerror or error}{where}."


def open_lesson(arguments):
    """Open JupyterLab at the first page of the student's own copy of the notebooks."""
    options, for_jupyter = parse_options(arguments)
    venv = set_up()
    folder = choose_folder(CLONE, fresh=options.fresh)
    for sentence in copy_notebooks(CLONE / "notebooks", folder):
        say(sentence)
    say(f"Opening the lesson in {folder}. To close it, press Ctrl-C here twice.")
    command = [str(environment_python(venv)), "-m", "jupyterlab", "--ServerApp.ip=localhost"]
    command += [f"--LabApp.default_url=/lab/tree/{FIRST_PAGE}", *for_jupyter]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers: nobody else is there
    return hand_over(command, folder, lesson_variables(venv))


def parse_options(arguments):
    """Return the options and what is handed on to JupyterLab."""
    parser = argparse.ArgumentParser(
        prog="python3 -m rmsprop_lesson",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        epilog="What follows -- is handed on to JupyterLab.",
    )
    parser.add_argument("--fresh", action="store_true", help="start with a new copy beside the old")
    parser.add_argument("--no-browser", action="store_true", help="print the address instead")
    parser.add_argument("--port", type=port, help="where JupyterLab listens (8888)")
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:cut])
    for_jupyter = ["--no-browser"] if options.no_browser else []
    for_jupyter += [f"--port={options.port}"] if options.port is not None else []
    return options, for_jupyter + arguments[cut + 1 :]


def port(text):
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 to 65535")
    return int(text)


def run_tests(arguments):
    """Run every test, with the test tools set up; without a browser say what is left out.

    ``--quick`` as first argument leaves out SLOW_TESTS and the notebooks.
    """
    if arguments[:1] == ["--quick"]:
        arguments = [*QUICK_TESTS, *arguments[1:]]
    elif not find_browser():
        sentence = "There is no Chromium or Chrome on this computer: the browser tests "
        if os.environ.get(DEMAND_BROWSER):
            raise Trouble(sentence + f"cannot run, and {DEMAND_BROWSER} demands them.")
        say(sentence + "will be skipped.")
    venv = set_up(with_tests=True)
    command = [str(environment_python(venv)), "-m", "pytest", *(arguments or ALL_TESTS)]
    return hand_over(command, CLONE, lesson_variables(venv))


def find_browser():
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def refresh(arguments):
    """Run the notebooks headless and store clean outputs."""
    venv = set_up()
    command = [str(environment_python(venv)), "-m", "rmsprop_lesson.refresh", *arguments]
    return hand_over(command, os.getcwd(), lesson_variables(venv))


def site(arguments):
    """Write the lesson as a site of plain files."""
    venv = set_up(with_tests=True)
    command = [str(environment_python(venv)), "-m", "rmsprop_lesson.website", *arguments]
    return hand_over(command, os.getcwd(), lesson_variables(venv))


def bench(arguments):
    """Measure the explorer beside its peers, in a real JupyterLab and a real browser."""
    if not find_browser():
        raise Trouble("There is no Chromium or Chrome on this computer, and bench needs one.")
    venv = set_up_bench()
    command = [str(environment_python(venv)), str(CLONE / "tests" / "benchmarks" / "bench.py")]
    return hand_over([*command, *arguments], os.getcwd(), lesson_variables(venv))


def hand_over(command, folder, variables):
    """Let another program take the place of this one; return its exit code where it cannot."""
    if os.name == "nt":
        process = subprocess.Popen(command, cwd=folder, env=variables)
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # Ctrl-C reached the program too: it decides
                pass
    os.chdir(folder)
    os.execve(command[0], command, variables)
