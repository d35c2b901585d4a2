"""JupyterLite as a part of the site: the notebooks, with a Python that runs in the browser.

Standard library only. JupyterLite itself runs in its own environment, ``.venv_lite``. Pyodide (that
Python), NumPy and matplotlib come from Pyodide's servers when a notebook is run; all else that a
notebook imports is a wheel of the site.
"""

import json
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from ..setup_environment import (
    CLONE,
    LITE_LOCK,
    call,
    environment_python,
    set_up_lite,
)

FIRST_PAGE = "00_start_here.ipynb"
WHEELS = {"anywidget", "comm", "ipywidgets", "psygnal"}  # what Pyodide's servers do not have
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "rmsprop_lesson")
INSTALL = """\
# Run this cell first. Python runs in the browser here, and each notebook fetches its packages.
%pip install -q numpy matplotlib typing-extensions
%pip install -q --no-deps anywidget ipywidgets psygnal rmsprop-lesson"""
FRONT_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=lab/index.html?path={first_page}">
<link rel="icon" href="icon-120x120.png">
<title>RMSProp, with Python in the browser</title>
<script id="jupyter-config-data" type="application/json">{{}}</script>
</head>
<body><a href="lab/index.html?path={first_page}">Open the lesson</a></body>
</html>
"""


def build_lite(target, notebooks, say):
    """Build JupyterLite into the folder `target`, with the notebooks of a folder.

    `say` is called with a sentence for each step. Raises Trouble where one fails.
    """
    venv = set_up_lite()
    with TemporaryDirectory() as folder:
        folder = Path(folder)
        say("Collecting the wheels for the Python in the browser.")
        make_wheel(venv, folder)
        fetch_wheels(venv, folder)
        say("Building JupyterLite.")
        write_contents(notebooks, folder / "contents")
        run_jupyterlite(venv, folder, Path(target).resolve())
    page = FRONT_PAGE.format(first_page=FIRST_PAGE)
    Path(target, "index.html").write_text(page, encoding="utf-8")
    say(describe(Path(target)))


def make_wheel(venv, folder):
    """Build the lesson's wheel into ``pypi``, from a copy: a build leaves files in its sources."""
    sources = folder / "sources"
    sources.mkdir()
    for name in SOURCES:
        if (CLONE / name).is_dir():
            no_caches = shutil.ignore_patterns("__pycache__")
            shutil.copytree(CLONE / name, sources / name, ignore=no_caches)
        else:
            shutil.copy(CLONE / name, sources)
    command = ["-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index"]
    command += ["--wheel-dir", "pypi", "./sources"]
    in_lite(venv, command, folder, "The lesson's wheel could not be built.")


def fetch_wheels(venv, folder):
    """Fetch the wheels that the lock names into ``pypi``, in the form for any system."""
    lock = (CLONE / LITE_LOCK).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", lock)
    wanted = "\n".join(block for block in blocks if block.split("==")[0] in WHEELS)
    (folder / "wheels.txt").write_text(wanted + "\n", encoding="utf-8")
    command = ["-m", "pip", "download", "--require-hashes", "--no-deps", "--only-binary=:all:"]
    command += ["--platform=any", "--implementation=py", "--abi=none", "--progress-bar=off"]
    command += ["--disable-pip-version-check", "--no-input", "-d", "pypi", "-r", "wheels.txt"]
    in_lite(venv, command, folder, "The packages for the browser could not be fetched.")


def write_contents(notebooks, folder):
    """Copy the notebooks, each with a first cell that installs what the others import."""
    folder.mkdir()
    for path in sorted(Path(notebooks).glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        text = json.dumps(with_install(notebook), ensure_ascii=False, indent=1)
        (folder / path.name).write_text(text, encoding="utf-8")


def with_install(notebook):
    """Return the notebook with the cell that installs before all others."""
    install = {"cell_type": "code", "execution_count": None, "id": "install", "metadata": {}}
    install |= {"outputs": [], "source": INSTALL}
    return notebook | {"cells": [install, *notebook["cells"]]}


def run_jupyterlite(venv, folder, target):
    """Run ``jupyter lite build``, of which a site for reading needs one application only."""
    command = ["-m", "jupyterlite_core", "build", "--lite-dir=.", "--contents=contents"]
    command += ["--apps=lab", "--no-sourcemaps", f"--output-dir={target}"]
    in_lite(venv, command, folder, "JupyterLite could not be built.")


def in_lite(venv, arguments, folder, otherwise):
    """Run JupyterLite's Python in a folder."""
    call([str(environment_python(venv)), *arguments], venv, otherwise, folder)


def describe(folder):
    """Say how large what was built is."""
    sizes = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    largest = max(sizes, key=sizes.get)
    return (
        f"JupyterLite has {len(sizes)} files of {sum(sizes.values()) / 1e6:.1f} MB together;"
        f" the largest is {largest.name} with {sizes[largest] / 1e6:.1f} MB."
    )
