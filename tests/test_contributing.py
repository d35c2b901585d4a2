"""CONTRIBUTING.md can be followed: its recipes run, its picture is true, its table is complete."""

import re
import subprocess
import textwrap
from pathlib import PurePosixPath

import numpy as np
import pytest
import test_optimizers
from notebook_checks import CLONE

from rmsprop_lesson import lesson, optimizers, problems
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.tasks import Task, verdict_on_number
from rmsprop_lesson.trajectory import run

TEXT = (CLONE / "CONTRIBUTING.md").read_text("utf-8")


def section(heading):
    """Return what stands below a heading."""
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)[1]


def recipe(heading):
    """Return the Python blocks below a heading."""
    blocks = re.findall(r"^ *```python\n(.*?)^ *```", section(heading), re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in blocks]


def names_after(code, module):
    """Run code as if it stood at the end of a module; return all names that it has then."""
    names = dict(vars(module))
    exec(compile(code, "CONTRIBUTING.md", "exec"), names)
    return names


# ---- recipes ----


@pytest.fixture
def nesterov():
    return names_after(recipe("Add an optimizer")[0], optimizers)["nesterov"]


def test_the_new_optimizer_passes_its_own_test_and_those_of_every_rule(nesterov, monkeypatch):
    names = {"nesterov": nesterov}
    exec(recipe("Add an optimizer")[1], names)
    names["test_nesterov_follows_the_calculation_by_hand"]()
    monkeypatch.setattr(optimizers, "RULES", (*optimizers.RULES, nesterov))
    monkeypatch.setattr(test_optimizers, "RULES", optimizers.RULES)
    test_optimizers.test_a_batch_of_runs_has_the_bits_of_each_alone(nesterov)
    test_optimizers.test_a_rule_never_changes_its_arguments(nesterov)
    test_optimizers.test_arrays_that_hold_no_real_numbers_are_named(nesterov, ["a", "b"])
    test_optimizers.test_only_a_rule_itself_is_known_without_its_checks()
    with pytest.raises(ValueError, match="momentum must be a number from 0"):
        nesterov([1.0], [1.0], [0.0], momentum=1.0)


def test_the_new_optimizer_runs_and_has_an_explorer(nesterov, monkeypatch):
    path = run(linear_regression(), nesterov, n_steps=300, lr=0.02)
    assert path.excess[-1] < 1e-4
    code = recipe("Add an optimizer")[2].replace("Explorer(", "explorer = Explorer(")
    names = {"Explorer": Explorer, "linear_regression": linear_regression}
    monkeypatch.setattr(optimizers, "nesterov", nesterov, raising=False)
    exec(code, names)
    explorer = names["explorer"]
    explorer.lr.value = 0.01
    assert "nesterov: intercept" in explorer.sentence and "momentum: intercept" in explorer.sentence
    assert explorer.sources[0].atlas.runs == len(explorer.dials["lr"].positions)


def test_the_new_problem_has_a_loss_a_gradient_and_an_explorer():
    (code,) = recipe("Add a problem")
    two_scales = names_after(code, problems)["two_scales"]
    problem, theta = two_scales(4.0), np.array([2.0, 3.0])
    assert problem.loss(theta) == (2**2 + 4 * 3**2) / 2
    assert problem.gradient(theta).tolist() == [2, 4 * 3]
    with pytest.raises(ValueError, match="ratio must be above 0, not -1"):
        two_scales(-1)
    assert "theta 0 " in eval("Explorer(two_scales(4.0))", globals() | locals()).sentence
    assert "`Explorer(two_scales(4.0))`" in section("Add a problem")


def test_the_new_exercise_takes_its_solution_and_names_the_mistake(monkeypatch):
    task, solution = recipe("Add an exercise")
    (hop,) = eval(f"{{{task}}}", {"Task": Task}).values()
    monkeypatch.setitem(lesson.TASKS, "hop", hop)
    names = {"np": np, "run": run, "problem": linear_regression()}
    exec(solution, names | {"check_number": lesson.check_number}, names)
    assert lesson.check_number("hop", names["hop_solution"])
    assert str(verdict_on_number(hop, 0.15)) == "Not yet. This is the distance to the best line."


def test_a_new_notebook_is_told_what_the_tests_will_ask_for():
    for word in ("You will", "You need", "Afterwards you can", "To take home:", "Next:"):
        assert f"**{word}**" in section("Add a notebook")


# ---- the picture of the atlas ----


def test_the_picture_of_the_atlas_says_the_numbers_of_the_explorer():
    explorer = Explorer(linear_regression())
    atlas = explorer.sources[0].atlas
    picture = (CLONE / ".github/atlas.svg").read_text("utf-8")
    for dial in explorer.dials.values():
        assert f">{len(dial.positions)}</text>" in picture
    for text in (picture, section("How the atlas works")):
        assert f"{atlas.runs:,} runs" in text and f"of {atlas.n_steps} steps" in text
        assert f"{atlas.nbytes / 1e6:.1f} MB" in text


# ---- the table of files ----


def named_files():
    """Return the paths in the first column; a bare name stands in the folder of the row's first."""
    rows = re.findall(r"^\| (`[^|]+`) \|", section("What each file is for"), re.MULTILINE)
    paths = []
    for row in rows:
        first, *others = (name.removesuffix("/") for name in re.findall(r"`([^`]+)`", row))
        folder = PurePosixPath(first).parent
        paths += [first, *(name if "/" in name else str(folder / name) for name in others)]
    return [path for path in paths if path != "tests"]


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=CLONE, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no clone: git does not say which files belong to it")
    return [PurePosixPath(line) for line in listed.stdout.splitlines()]


def test_the_table_names_what_exists():
    assert [path for path in named_files() if not (CLONE / path).exists()] == []


def test_the_table_names_every_file_or_its_folder_and_what_tests_share():
    named = set(named_files())
    missing = [
        str(path)
        for path in tracked()
        if not path.name.startswith(("__init__", "test_", "conftest", "requirements"))
        and not named & {str(path), *map(str, path.parents)}
        and path.parent.name not in ("browser", "site")
    ]
    assert missing == []


def test_the_table_names_every_module_of_the_measurements():
    row = re.search(r"^\| `tests/benchmarks/` \|.*$", TEXT, re.MULTILINE)[0]
    for path in (CLONE / "tests/benchmarks").glob("*.py"):
        assert f"`{path.name}`" in row
