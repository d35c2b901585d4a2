"""JupyterLite as a part of the site: what was built, and that it opens without any other server.

Pyodide, NumPy and matplotlib come from Pyodide's servers, so no cell is run here.
"""

import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest
from notebook_checks import NOTEBOOKS

from rmsprop_lesson.setup_environment import Trouble
from rmsprop_lesson.website import lite

CLONE = Path(__file__).parents[2]
PYODIDE = r"https://cdn\.jsdelivr\.net/pyodide/v[0-9.]+/full/pyodide\.mjs"


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


# ---- what was built ----


def test_all_notebooks_are_among_the_contents_as_they_are_stored_after_a_first_cell(site):
    listed = read(site / "lite" / "api" / "contents" / "all.json")["content"]
    assert sorted(each["path"] for each in listed) == [path.name for path in NOTEBOOKS]
    for path in NOTEBOOKS:
        shown, stored = read(site / "lite" / "files" / path.name), read(path)
        first = shown["cells"].pop(0)
        assert shown == stored
        assert first["source"] == lite.INSTALL
        assert first["id"] not in {cell["id"] for cell in stored["cells"]}


def test_every_wheel_is_indexed_with_its_hash_at_the_version_of_the_lesson(site):
    pypi = site / "lite" / "pypi"
    index = read(pypi / "all.json")
    assert set(index) == lite.WHEELS | {"rmsprop-lesson"}
    lock = (CLONE / "requirements.txt").read_text()
    for name, about in index.items():
        ((version, (release,)),) = about["releases"].items()
        digest = hashlib.sha256((pypi / release["url"]).read_bytes()).hexdigest()
        assert release["digests"]["sha256"] == digest
        assert release["filename"].endswith("-py3-none-any.whl")
        if name in lite.WHEELS:
            assert re.search(rf"^{name}=={re.escape(version)} ", lock, re.MULTILINE)
            assert f"sha256:{digest}" in lock


def test_the_kernel_looks_at_the_wheels_of_the_site_first(site):
    config = read(site / "lite" / "jupyter-lite.json")["jupyter-config-data"]
    ((_, settings),) = config["litePluginSettings"].items()
    index = (site / "lite" / "pypi" / "all.json").read_bytes()
    digest = hashlib.sha256(index).hexdigest()
    assert settings["pipliteUrls"][0] == f"./pypi/all.json?sha256={digest}"


def test_the_first_cell_installs_the_wheels_of_the_site_without_asking_for_more():
    (line,) = [line for line in lite.INSTALL.splitlines() if "--no-deps" in line]
    named = set(line.split("--no-deps ")[1].split())
    assert named == lite.WHEELS - {"comm"} | {"rmsprop-lesson"}  # the kernel itself fetches comm


def test_the_wheel_of_the_lesson_holds_all_that_a_notebook_needs(site):
    (wheel,) = (site / "lite" / "pypi").glob("rmsprop_lesson-*.whl")
    kinds = ("*.py", "*.js", "*.css", "topics/*.py")
    needed = [path for kind in kinds for path in (CLONE / "rmsprop_lesson").glob(kind)]
    with zipfile.ZipFile(wheel) as opened:
        assert {path.relative_to(CLONE).as_posix() for path in needed} <= set(opened.namelist())


def test_the_widgets_of_the_lesson_are_extensions_of_the_site(site):
    config = read(site / "lite" / "jupyter-lite.json")["jupyter-config-data"]
    names = {each["name"] for each in config["federated_extensions"]}
    assert {"anywidget", "@jupyter-widgets/jupyterlab-manager"} <= names


def test_it_is_no_larger_than_it_has_to_be_and_its_size_is_told(site, said):
    files = [path for path in (site / "lite").rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix == ".map"]
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    assert megabytes < 30
    assert any(f"{len(files)} files of {megabytes:.1f} MB" in each for each in said)


def test_a_step_that_fails_says_which_one_with_the_end_of_its_log(tmp_path, monkeypatch):
    monkeypatch.setattr(lite, "SOURCES", ["README.md"])
    with pytest.raises(Trouble) as trouble:
        lite.build_lite(tmp_path / "lite", CLONE / "notebooks", [].append)
    assert "The lesson's wheel could not be built." in str(trouble.value)
    assert "pyproject.toml" in str(trouble.value)


# ---- in the browser ----


def test_it_opens_the_first_notebook_with_its_picture_and_asks_others_for_pyodide_only(
    browser, address
):
    context = browser.new_context(viewport={"width": 1280, "height": 1100})
    elsewhere, problems = [], []

    def refuse(route):
        elsewhere.append(route.request.url)
        route.abort()

    context.route(lambda url: not url.startswith((address, "data:", "blob:")), refuse)
    page = context.new_page()
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    with context.expect_event("request", lambda request: re.fullmatch(PYODIDE, request.url)):
        page.goto(f"{address}/lite/")
        page.get_by_role("heading", name="Start here").wait_for()
        picture = page.locator(".jp-OutputArea img").first
        picture.wait_for()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
        assert problems == []
    page.get_by_text("01_take_one_step.ipynb").first.dblclick()  # it works on without Python
    page.get_by_role("heading", name="Take one step").wait_for()
    assert set(filter(re.compile(PYODIDE).fullmatch, elsewhere)) == set(elsewhere) != set()
    context.close()
