"""Make ``.venv`` from the pinned packages, once, and notice when it has to be made anew.

The site's JupyterLite and the benchmark have environments of their own, ``.venv_lite`` and
``.venv_bench``, made in the same way.

Standard library only: this runs before anything is installed.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
LESSON_LOCK = "requirements.txt"
TEST_LOCK = "tests/requirements.txt"  # holds all of LESSON_LOCK, at the same versions
LITE_LOCK = "rmsprop_lesson/website/lite_requirements.txt"
BENCH_LOCK = "tests/benchmarks/requirements.txt"
NEWEST_TRIED_PYTHON = (3, 14)
OFF_THE_PAGE = (  # what JupyterLab must not show a reader
    "@jupyterlab/apputils-extension:announcements",  # a question about news
    "@jupyter-notebook/lab-extension",  # two buttons of packages that only the tests need
    "@voila-dashboards/jupyterlab-preview",
)

PIP_TROUBLES = (  # what pip says -> what it means; the first match counts
    (
        ("No space left", "Disk quota exceeded", "not enough space on the disk"),
        "The disk is full. The lesson's packages need about 500 MB.",
    ),
    (
        ("Long Path",),
        "Windows allows only short paths here. Move the lesson's folder to a place with a short"
        " name, C:\\lesson say, and start again there.",
    ),
    (
        ("DO NOT MATCH THE HASHES",),
        "A package that arrived is not the one that the lesson names, so nothing was installed."
        " Start again; if this sentence comes back, tell your teacher.",
    ),
    (
        ("connection broken", "NewConnectionError", "Max retries", "timed out", "ProxyError"),
        "The packages could not be fetched. Is this computer connected to the internet?"
        " Behind a proxy, set HTTPS_PROXY first.",
    ),
    (
        ("No matching distribution found", "Could not find a version"),
        "A package has no ready-made build for this Python and system."
        " Python {newest} (64 bit) on Linux, macOS or Windows has them all.",
    ),
)


class Trouble(Exception):
    """Something the user can do something about, told in a sentence or two."""


def say(text, end="\n"):
    print(text, end=end, flush=True)


def environment_python(venv):
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def lesson_variables(venv, variables=os.environ):
    """Return the variables for programs in `venv`: settings of the user's are neither read nor
    changed, and no other Python's packages come in."""
    foreign = {"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONWARNINGS"}
    foreign |= {"PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "PIP_TARGET"}
    foreign |= {"JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "JUPYTERLAB_DIR", "JUPYTERLAB_SETTINGS_DIR"}
    foreign |= {"JUPYTERLAB_WORKSPACES_DIR", "MATPLOTLIBRC", "MPLBACKEND"}
    kept = {name: value for name, value in variables.items() if name not in foreign}
    return kept | {
        "VIRTUAL_ENV": str(venv),
        "JUPYTER_CONFIG_DIR": str(venv / "settings" / "jupyter"),
        "JUPYTER_DATA_DIR": str(venv / "settings" / "data"),
        "IPYTHONDIR": str(venv / "settings" / "ipython"),
    }


# ---- when is the environment good? ----


def stamp_path(venv):
    return venv / "rmsprop_lesson.json"


def read_stamp(venv):
    """Return what the finished environment was made from; {} for none or an unfinished one."""
    try:
        stamp = json.loads(stamp_path(venv).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and environment_python(venv).exists() else {}


def fingerprint(path):
    text = path.read_bytes().replace(b"\r\n", b"\n")  # git on Windows may change line ends
    return hashlib.sha256(text).hexdigest()


def describe_python():
    return f"{sys.version} in {sys.base_prefix}"


def reason_to_make(stamp, lock_fingerprints, python):
    """Return why the environment has to be made anew, or None."""
    if not stamp:
        return "there is no finished one yet"
    if stamp.get("python") != python:
        return "this is another Python"
    for lock, value in lock_fingerprints.items():
        if stamp.get(lock, value) != value:
            return f"{lock} has changed"
    return None


# ---- making it ----


def set_up(clone=CLONE, with_tests=False):
    """Return the path of ``.venv``, made or completed if need be."""
    wanted = TEST_LOCK if with_tests else LESSON_LOCK
    return make_ready(clone, ".venv", wanted, (LESSON_LOCK, TEST_LOCK))


def set_up_lite(clone=CLONE):
    """Return the path of ``.venv_lite``, made if need be.

    JupyterLite's kernel must not be in ``.venv``: JupyterLab would load it there, with errors.
    """
    return make_ready(clone, ".venv_lite", LITE_LOCK, (LITE_LOCK,))


def set_up_bench(clone=CLONE):
    """Return the path of ``.venv_bench``, made if need be: the lesson, and what it is measured
    against, whose extensions JupyterLab would load for every reader of ``.venv``.
    """
    return make_ready(clone, ".venv_bench", BENCH_LOCK, (BENCH_LOCK,))


def make_ready(clone, name, wanted, known):
    """Return the path of an environment that holds all of the lock `wanted`.

    `known` are the locks that it may hold, the smallest first.
    """
    venv = clone / name
    locks = {lock: fingerprint(clone / lock) for lock in known}

    def is_ready():
        stamp = read_stamp(venv)
        return wanted in stamp and not reason_to_make(stamp, locks, describe_python())

    if is_ready():
        return venv
    with only_one_at_a_time(clone / f"{name}.lock"):
        if is_ready():  # made by the one we waited for
            return venv
        stamp = read_stamp(venv)
        reason = reason_to_make(stamp, locks, describe_python())
        try:
            if reason:
                say(f"Setting up {name} in {clone}: {reason}.")
                make_empty_environment(venv)
                stamp = {"python": describe_python()}
            install(venv, clone / wanted)
        except Trouble:
            if reason:
                remove(venv)  # half an environment is of no use and takes space
            raise
        add_to_path(venv, clone)
        prepare_settings(venv)
        stamp |= {lock: locks[lock] for lock in {wanted, known[0]}}
        stamp_path(venv).write_text(json.dumps(stamp, indent=1), encoding="utf-8")  # the last step
        say("The environment is ready.")
    return venv


def make_empty_environment(venv):
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        version = "{}.{}".format(*sys.version_info)
        raise Trouble(
            "This Python cannot make environments: its module venv or ensurepip is missing."
            f" On Debian and Ubuntu this adds it: sudo apt install python{version}-venv"
        )
    remove(venv)
    python = getattr(sys, "_base_executable", None) or sys.executable
    command = [python, "-m", "venv", str(venv)]
    call(command, venv, f"Python could not make the environment {venv.name}.")


def call(command, venv, otherwise, folder=None):
    """Run a command for an environment, in silence; raise Trouble with what it said if it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=lesson_variables(venv),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise Trouble(explain(done.stdout, otherwise))


def remove(venv):
    """Remove an environment; the stamp first, so that what is left never passes for a good one."""
    try:
        if venv.is_symlink() or venv.is_file():
            venv.unlink()
        elif venv.exists():
            stamp_path(venv).unlink(missing_ok=True)
            shutil.rmtree(venv)
    except PermissionError as error:
        raise Trouble(
            f"{error.filename} cannot be removed. Is the lesson still open?"
            f" Close JupyterLab and start again, with a Python that is not the one in {venv.name}."
        ) from error


def install(venv, lock):
    """Install exactly the packages of a lock file, showing that something happens.

    Python compiles later what it imports: most of what is installed here never is.
    """
    number = count_packages(lock)
    say(f"Fetching {number} packages (half a minute, a few minutes on a slow line).")
    command = [str(environment_python(venv)), "-m", "pip", "install", "--require-hashes"]
    command += ["--only-binary=:all:", "--no-compile", "--no-user", "--no-input"]
    command += ["--progress-bar=off", "--disable-pip-version-check", "--no-warn-script-location"]
    command += ["-r", str(lock)]
    with (
        subprocess.Popen(
            command,
            env=lesson_variables(venv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as pip,
        sign_of_life(),
    ):
        log = show_progress(pip.stdout, number)
    if pip.returncode:
        raise Trouble(explain(log, "The packages could not be installed."))


@contextlib.contextmanager
def sign_of_life(seconds=10):
    """Say every few seconds that the work goes on: pip installs in silence."""
    done = threading.Event()

    def speak():
        while not done.wait(seconds):
            say("  Still at work.")

    threading.Thread(target=speak, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def count_packages(lock):
    return sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())


def show_progress(lines, number):
    """Say how far pip is, a line for every twenty packages; return all that it wrote."""
    log, seen = [], 0
    for line in lines:
        log.append(line)
        if line.startswith(("Collecting ", "Processing ", "Requirement already satisfied")):
            seen += 1
            if seen % 20 == 0:
                say(f"  {seen} of {number}")
        elif "Retrying" in line and "Retrying" not in "".join(log[:-1]):
            say("  No answer yet, trying again.")
        elif line.startswith("Installing collected packages"):
            say("Installing them.")
    return "".join(log)


def explain(log, otherwise):
    """Return what a program's output means, in a sentence."""
    for signs, sentence in PIP_TROUBLES:
        if any(sign in log for sign in signs):
            return sentence.format(newest="{}.{}".format(*NEWEST_TRIED_PYTHON))
    return "\n".join([otherwise, "The last lines were:", *log.strip().splitlines()[-5:]])


def add_to_path(venv, clone):
    """Make ``import rmsprop_lesson`` work in the environment, without a build.

    The path is relative: plain ASCII whatever the folder is called, and right after a move.
    """
    packages = sysconfig.get_path("purelib", "venv", {"base": str(venv)})
    line = os.path.relpath(clone, packages) + "\n"
    Path(packages, "rmsprop_lesson.pth").write_text(line, encoding="utf-8")


def prepare_settings(venv):
    """Make the folder for settings, and keep off JupyterLab's page what does not belong there."""
    (venv / "settings").mkdir(exist_ok=True)  # IPython warns when its parent folder is not there
    folder = venv / "etc" / "jupyter" / "labconfig"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page_config.json").write_text(page_settings(), encoding="utf-8")


def page_settings():
    """Return the settings of JupyterLab's page, as JSON."""
    return json.dumps({"disabledExtensions": dict.fromkeys(OFF_THE_PAGE, True)})


# ---- two starts at the same time ----


@contextlib.contextmanager
def only_one_at_a_time(path):
    """Hold a lock on a file; the system releases it even when this process is killed."""
    with open(path, "a+b") as file:
        if not try_to_lock(file):
            say("Another start is setting up the environment. Waiting for it.")
            while not try_to_lock(file):
                time.sleep(0.5)
        yield


def try_to_lock(file):
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True  # a file system without locks: then nobody can be waited for
    return True
