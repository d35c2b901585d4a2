"""What is kept on disk is what would be computed, or it is not used."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from rmsprop_lesson import atlas, first_picture, keeping, optimizers
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.keeping import kept
from rmsprop_lesson.optimizers import rmsprop
from rmsprop_lesson.problems import Quadratic, linear_regression, quadratic_bowl
from rmsprop_lesson.races import first_below, late_excess, race, stays_below
from rmsprop_lesson.scenes import scene as explorer_scene
from rmsprop_lesson.topics.changing_problems import drifting, flipping, mean_distance

OPEN_AN_EXPLORER = """
import json, sys
from hashlib import sha256
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.optimizers import gradient_descent
from rmsprop_lesson.problems import linear_regression, quadratic_bowl

told = []
line, bowl = linear_regression(), quadratic_bowl
for given in ((line, {}), (bowl, {"sliders": ("lr", "condition")})):
    explorer = Explorer(given[0], compare=gradient_descent, **given[1])
    bundle = explorer._repr_mimebundle_()[0]
    told.append([sha256(b"".join(pieces)).hexdigest() for pieces in explorer.player.opening])
    told.append([explorer.player.scene, bundle["image/png"], bundle["text/plain"]])
print(json.dumps({"told": told, "matplotlib": "matplotlib" in sys.modules}))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own for what is kept."""
    monkeypatch.setenv(keeping.FOLDER, str(tmp_path / "kept"))
    forget()
    return tmp_path / "kept"


def forget():
    """Forget what this process knows, as a new kernel does."""
    explorer_scene.cache_clear()
    atlas._build_and_keep.cache_clear()


@pytest.fixture
def doubled(folder):
    """A function that is kept; ``calls`` lists what it was asked for."""
    calls = []

    @kept(write=list, read=tuple)
    def doubled(*values):
        calls.append(values)
        return (values, values)

    doubled.calls = calls
    return doubled


def open_an_explorer(where):
    done = subprocess.run(
        [sys.executable, "-c", OPEN_AN_EXPLORER],
        env=os.environ | {keeping.FOLDER: where},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_second_kernel_shows_the_same_and_needs_no_matplotlib(folder):
    without, first, second = (open_an_explorer(each) for each in ("", str(folder), str(folder)))
    assert without["told"] == first["told"] == second["told"]
    assert [each["matplotlib"] for each in (without, first, second)] == [True, True, False]


def test_equal_arguments_are_computed_once(doubled):
    assert [doubled(1.0, "a"), doubled(1.0, "a")] == [((1.0, "a"),) * 2, ([1.0, "a"],) * 2]
    assert doubled.calls == [(1.0, "a")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (0.0, -0.0),
        (1.0, np.nextafter(1.0, 2)),
        ("1", 1),
        ((1, 2), (1, (2,))),
        ({"lr": 1.0}, {"beta": 1.0}),
        (np.zeros(4), np.zeros((2, 2))),
        (np.zeros(4), np.zeros(4, dtype=np.int64)),
        (np.float64(1), np.float32(1)),
        (rmsprop, optimizers.adam),
        (quadratic_bowl, linear_regression),
        (linear_regression(seed=0), linear_regression(seed=1)),
        (flipping(linear_regression(), 100), flipping(linear_regression(), 50)),
        (flipping(linear_regression(), 100), flipping(linear_regression(), 100, 2.0)),
        (drifting(linear_regression(), (1, 0)), drifting(linear_regression(), (0, 1))),
        (stays_below(0.1), stays_below(0.2)),
        (stays_below(0.1), first_below(0.1)),
        (mean_distance, late_excess),
        (
            Quadratic(np.eye(2), np.zeros(2), np.zeros(2), np.ones(2)),
            Quadratic(np.eye(2), np.zeros(2), np.zeros(2), np.ones(2), names=("a", "b")),
        ),
    ],
)
def test_arguments_that_differ_have_files_of_their_own(folder, one, other):
    files = [keeping._file(open_an_explorer, (each,)) for each in (one, other)]
    assert None not in files and files[0] != files[1]


def a_reader_wrote(theta, gradient, state, *, lr=0.1):
    return theta - lr * gradient, state


class OfAReader(Quadratic):
    """A problem whose methods may do anything."""


@pytest.mark.parametrize(
    "argument",
    [
        a_reader_wrote,
        partial(rmsprop, beta=0.5),
        OfAReader(np.eye(2), np.zeros(2), np.zeros(2), np.ones(2)),
        [a_reader_wrote],
        np.array([None]),
        object(),
    ],
)
def test_what_may_change_without_notice_is_not_kept(doubled, folder, argument):
    doubled(argument)
    doubled(argument)
    assert len(doubled.calls) == 2 and not folder.exists()


def test_a_rule_put_in_the_place_of_ours_is_not_taken_for_it(folder, monkeypatch):
    ours = keeping._file(open_an_explorer, (rmsprop,))
    monkeypatch.setattr(optimizers, "rmsprop", a_reader_wrote)
    assert ours is not None
    assert keeping._file(open_an_explorer, (optimizers.rmsprop,)) is None
    assert keeping._file(open_an_explorer, (rmsprop,)) is None


def test_nothing_is_kept_of_code_that_has_changed_since_it_was_loaded(doubled, folder, monkeypatch):
    monkeypatch.setattr(keeping, "STAMPS", keeping.STAMPS | {"atlas.py": (0, 0)})
    doubled(1)
    doubled(1)
    assert len(doubled.calls) == 2 and not folder.exists()


def test_nothing_is_kept_of_code_that_changes_while_it_runs(folder, monkeypatch):
    @kept(write=list, read=list)
    def edited():
        monkeypatch.setattr(keeping, "STAMPS", {})
        return []

    assert edited() == [] and not folder.exists()


def test_the_digest_follows_every_file_and_library(tmp_path, monkeypatch):
    (tmp_path / "one.py").write_text("x = 1\n")
    monkeypatch.setattr(keeping, "PACKAGE", tmp_path)
    digests = {keeping._code()}
    (tmp_path / "one.py").write_text("x = 2\n")
    digests.add(keeping._code())
    (tmp_path / "one.py").rename(tmp_path / "two.py")
    digests.add(keeping._code())
    (tmp_path / "topics").mkdir()
    (tmp_path / "two.py").rename(tmp_path / "topics" / "two.py")
    digests.add(keeping._code())
    (tmp_path / "topics" / "two.py").write_text("x = 3\n")
    digests.add(keeping._code())
    for library in keeping.LIBRARIES:
        told = {"matplotlib": "1", "numpy": "1", library: "2"}
        monkeypatch.setattr(keeping, "version", told.get)
        digests.add(keeping._code())
    assert len(digests) == 5 + len(keeping.LIBRARIES)


def test_nothing_is_kept_where_a_library_does_not_say_its_version(doubled, folder, monkeypatch):
    monkeypatch.setattr(keeping, "LIBRARIES", ("no-such-library",))
    monkeypatch.setattr(keeping, "CODE", keeping._code())
    doubled(1)
    assert keeping.CODE is None and not folder.exists()


@pytest.mark.parametrize("damage", [b"", b"no digest", None])
def test_a_damaged_file_is_computed_again_and_mended(doubled, folder, damage):
    doubled(1)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] if damage is None else damage)
    assert doubled(1) == ((1,), (1,))
    assert len(doubled.calls) == 2 and file.read_bytes() == whole


def test_where_nothing_can_be_written_all_works_as_before(doubled, folder):
    folder.write_text("a file where the folder should be")
    assert doubled(1) == doubled(1) == ((1,), (1,))


def test_a_file_that_cannot_take_its_place_is_not_left_beside_it(doubled, folder, monkeypatch):
    def refuse(path, target):
        raise PermissionError

    monkeypatch.setattr(Path, "replace", refuse)
    assert doubled(1) == ((1,), (1,))
    assert list(folder.iterdir()) == []


def test_what_can_only_be_read_is_read(doubled, monkeypatch):
    doubled(1)

    def denied(*_):
        raise PermissionError

    monkeypatch.setattr(os, "utime", denied)
    assert doubled(1) == ([1], [1]) and len(doubled.calls) == 1


def test_the_first_picture_of_the_lesson_is_kept_before_it_is_asked_for(folder, monkeypatch):
    assert first_picture.compute() == folder
    kept = {each: each.read_bytes() for each in folder.iterdir()}
    monkeypatch.setattr(keeping, "_keep", pytest.fail)
    forget()
    Explorer(linear_regression(seed=0))._repr_mimebundle_()
    assert len(kept) == 6 and kept == {each: each.read_bytes() for each in folder.iterdir()}


def test_nothing_is_kept_where_the_reader_wants_none(doubled, folder, monkeypatch):
    monkeypatch.setenv(keeping.FOLDER, "")
    doubled(1)
    doubled(1)
    assert len(doubled.calls) == 2 and keeping.folder() is None and not folder.exists()


def test_nothing_is_kept_where_there_is_no_home(doubled, monkeypatch):
    monkeypatch.delenv(keeping.FOLDER)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(keeping.Path, "home", no_home)
    doubled(1)
    doubled(1)
    assert len(doubled.calls) == 2


def test_caches_stand_where_the_system_has_them(tmp_path, monkeypatch):
    monkeypatch.delenv(keeping.FOLDER)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert keeping.folder() == tmp_path / "rmsprop_lesson"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(keeping.Path, "home", lambda: tmp_path)
    assert keeping.folder() == tmp_path / ".cache" / "rmsprop_lesson"


@pytest.mark.parametrize("most", [{"MOST_FILES": 3}, {"MOST_BYTES": 3 * 75 + 10}])
def test_of_too_many_files_or_bytes_those_go_that_were_not_used_for_longest(
    doubled, folder, monkeypatch, most
):
    for name, value in most.items():
        monkeypatch.setattr(keeping, name, value)
    for number in range(3):
        doubled(number)
        for file in folder.iterdir():  # so that no two have the same time
            stat = file.stat()
            os.utime(file, (stat.st_atime - 10, stat.st_mtime - 10))
    doubled(0)
    doubled(3)
    doubled.calls.clear()
    for number in (0, 2, 3, 1):
        doubled(number)
    assert doubled.calls == [(1,)]


def test_the_newest_file_stays_however_large_it_is(doubled, folder, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_BYTES", 1)
    doubled(1)
    doubled(2)
    assert [doubled(2), doubled.calls] == [([2], [2]), [(1,), (2,)]]
    assert len(list(folder.iterdir())) == 1


def test_pictures_that_a_hand_has_made_push_nothing_out(folder):
    explorer = Explorer(linear_regression(), n_steps=10, drawn_by="kernel")
    before = sorted(folder.iterdir())
    explorer.scrubber.value = 3
    explorer.set(lr=0.2)
    assert before and sorted(folder.iterdir()) == before
    explorer.close()


def a_reader_scores(path):
    return path.excess[-1]


def test_a_race_is_run_once_and_has_the_scores_of_the_first_run(folder, monkeypatch):
    settings = {"rates": [0.01, 0.1, 500.0], "n_steps": 50, "beta": 0.5}
    scores = [stays_below(0.5), stays_below(1.0), first_below(1.0)]

    def outcomes():
        races = [race(linear_regression(), rmsprop, score, **settings) for score in scores]
        return [each.scores.tolist() for each in races]

    first = outcomes()
    assert len(list(folder.iterdir())) == 3
    monkeypatch.setattr("rmsprop_lesson.races.run", pytest.fail)
    assert first == outcomes() == [[[np.inf, 43, np.inf]], [[np.inf, 41, np.inf]], first[2]]


@pytest.mark.parametrize(
    ("rule", "score"), [(a_reader_wrote, stays_below(1)), (rmsprop, a_reader_scores)]
)
def test_a_race_of_what_a_reader_wrote_is_run_every_time(folder, rule, score):
    race(linear_regression(), rule, score, rates=[0.1], n_steps=3)
    assert not folder.exists()


def test_an_explorer_of_a_readers_rule_keeps_no_atlas(folder):
    Explorer(linear_regression(), a_reader_wrote)
    kinds = [set(json.loads(each.read_bytes().split(b"\n", 1)[1])) for each in folder.iterdir()]
    assert not any("pieces" in kind for kind in kinds)
