"""Binder: it reads ``binder/`` alone, and starts with the same packages as everybody."""

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

CLONE = Path(__file__).resolve().parent.parent
BINDER = CLONE / "binder"
NOT_PINNED = {"ipykernel", "jupyterlab", "nbval"}  # Binder brings the first two; nbval only tests
BINDERS_PYTHON = default_environment() | {
    "python_version": "3.12",
    "python_full_version": "3.12.12",
    "sys_platform": "linux",
    "os_name": "posix",
    "platform_system": "Linux",
    "implementation_name": "cpython",
}


def read_pins(path):
    """Return {package: version} of the lines that hold for Binder's Python."""
    text = re.sub(r"\\\n\s*--hash=\S+", "", path.read_text()).replace("\\\n", "")
    lines = (line.split("--hash")[0] for line in text.splitlines())
    requirements = [Requirement(line) for line in lines if re.match(r"\w", line)]
    return {
        requirement.name: str(requirement.specifier).removeprefix("==")
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate(BINDERS_PYTHON)
    }


def test_binder_starts_with_python_3_12():
    assert (BINDER / "runtime.txt").read_text() == "python-3.12\n"


def test_binder_has_the_versions_of_the_lock():
    names = read_pins(BINDER / "requirements.txt").keys()
    locked = read_pins(CLONE / "requirements.txt")
    lines = "".join(f"{name}=={locked[name]}\n" for name in sorted(names))
    assert (BINDER / "requirements.txt").read_text() == lines


def test_binder_pins_all_that_the_package_needs_and_its_base_lacks():
    project = tomllib.loads((CLONE / "pyproject.toml").read_text())["project"]
    needed = {Requirement(line).name for line in project["dependencies"]} - NOT_PINNED
    assert needed <= read_pins(BINDER / "requirements.txt").keys()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A scratch environment in which Binder's last step has run, in a copy of the clone."""
    root = tmp_path_factory.mktemp("binder")
    environment, clone = root / "environment", root / "clone"
    venv.create(environment, with_pip=False)
    (clone / "binder").mkdir(parents=True)
    (clone / "rmsprop_lesson").mkdir()
    (clone / "rmsprop_lesson" / "__init__.py").write_text("")
    first = "from pathlib import Path\nPath('computed').write_text(Path.cwd().name)\n"
    (clone / "rmsprop_lesson" / "first_picture.py").write_text(first)
    step = clone / "binder" / "postBuild"
    step.write_bytes((BINDER / "postBuild").read_bytes())
    step.chmod(0o755)
    page = environment / "etc" / "jupyter" / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True)
    page.write_text('{"disabledExtensions": {"theirs": true}}')
    programs = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for _ in range(2):  # it may run again on what it made
        subprocess.run(["./binder/postBuild"], cwd=clone, env={"PATH": programs}, check=True)
    return environment, clone


@pytest.mark.skipif(os.name == "nt", reason="Binder is Linux.")
def test_the_package_is_found_from_any_folder_on_binder(built, tmp_path):
    environment, clone = built
    found = subprocess.run(
        [environment / "bin" / "python", "-c", "import rmsprop_lesson as r; print(r.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert Path(found.stdout.strip()).parent == clone / "rmsprop_lesson"


@pytest.mark.skipif(os.name == "nt", reason="Binder is Linux.")
def test_the_first_picture_is_computed_while_binder_builds(built):
    _, clone = built
    assert (clone / "computed").read_text() == "clone"


@pytest.mark.skipif(os.name == "nt", reason="Binder is Linux.")
def test_jupyterlab_does_not_ask_about_news_on_binder(built):
    environment, _ = built
    page = environment / "etc" / "jupyter" / "labconfig" / "page_config.json"
    disabled = json.loads(page.read_text())["disabledExtensions"]
    assert disabled == {"theirs": True, "@jupyterlab/apputils-extension:announcements": True}


@pytest.fixture(scope="module")
def dockerfile():
    """What repo2docker makes of the clone; no Docker is needed for that."""
    if sys.platform == "win32":
        pytest.skip("Binder's tool does not run on Windows.")
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    run = subprocess.run(command, cwd=CLONE, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


def place_of_copy(dockerfile):
    """Return where the clone is copied into the image."""
    return re.search(r"COPY --chown=\S+ src/ ", dockerfile).start()


def test_binder_installs_the_pinned_packages_before_it_copies_the_clone(dockerfile):
    install = dockerfile.index('pip install --no-cache-dir -r "binder/requirements.txt"')
    assert install < place_of_copy(dockerfile)


def test_binder_runs_the_last_step_after_it_has_copied_the_clone(dockerfile):
    assert place_of_copy(dockerfile) < dockerfile.index("RUN ./binder/postBuild")


def test_binder_takes_python_3_12_and_nothing_from_the_root(dockerfile):
    names = dockerfile.replace("-2e", ".").replace("-2d", "-")
    assert "environment.py-3.12-" in names
    installs = re.findall(r"pip install .*", dockerfile)
    assert installs == ['pip install --no-cache-dir -r "binder/requirements.txt"']
