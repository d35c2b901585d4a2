"""How what was measured is told in README, and that the explorer kept its promises there."""

import json
from pathlib import Path

import bench
import pytest
import report

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
MEASURED = json.loads(bench.RESULTS.read_text("utf-8"))
EXPLORER = MEASURED["screen"]["explorer"]


def figures(wait, frames, cpu):
    """Return the figures of one way to draw, as the benchmark measures them."""
    keys = {name: {"median": wait, "p95": 2 * wait, "n": 50} for name in ("lr", "beta", "epsilon")}
    motion = {"pictures": frames, "frames": frames, "cpu": cpu}
    state = {"keys": keys, "drag": motion, "play": motion, "first": {"answered": 10 * wait}}
    return {state_name: dict(state) for state_name in ("local", "150 ms", "busy", "again")}


def measured():
    return {"screen": {"explorer": figures(8.0, 60.0, 0.0), "slow": figures(400.0, 3.0, 900.0)}}


def test_a_peer_is_told_as_a_multiple_of_the_explorer():
    rows = report.summary(measured()).splitlines()
    assert rows[0] == "| what is measured | explorer | slow |"
    assert rows[2] == "| key press to painted picture | 8.0 ms | 400 ms (×\N{NO-BREAK SPACE}50) |"
    assert rows[7] == "| dragging | 60 pictures/s | 3.0 pictures/s |"
    assert rows[9] == "| Python's work, a second of it | 0.0 ms | 900 ms |"


def test_a_picture_that_never_came_is_told_so():
    told = measured()
    told["screen"]["slow"]["busy"]["keys"] = {"lr": {"n": 1, "over": 10_000}}
    busy = report.summary(told).splitlines()[4]
    assert (
        busy == "| key press to painted picture, while Python is busy | 8.0 ms | none within 10 s |"
    )


def test_the_table_is_put_into_its_place_and_a_newer_one_replaces_it():
    once = report.in_place(README, measured())
    assert once.count(report.summary(measured())) == once.count("## How fast") == 1
    assert once.index("## How fast") < once.index(report.BEFORE)
    newer = measured()
    newer["screen"]["slow"] = figures(800.0, 1.0, 950.0)
    assert report.in_place(once, newer) == report.in_place(README, newer)


def test_readme_tells_what_was_measured():
    assert report.in_place(README, MEASURED) == README
    assert report.summary(MEASURED) in README


@pytest.mark.parametrize("state", report.STATES)
def test_a_key_press_was_painted_within_a_frame_and_nearly_always_within_two(state):
    for name, waits in EXPLORER[state]["keys"].items():
        assert waits["n"] >= 50, name
        assert waits["median"] <= report.FRAME and waits["p95"] <= 2 * report.FRAME, name


@pytest.mark.parametrize("state", ["local", "150 ms", "busy"])
def test_playing_showed_55_frames_a_second_and_more(state):
    assert EXPLORER[state]["play"]["frames"] >= 55


@pytest.mark.parametrize("state", ["local", "150 ms"])
def test_dragging_and_playing_cost_the_kernel_nothing(state):
    for what in ("drag", "play"):
        assert EXPLORER[state][what]["cpu"] == EXPLORER[state][what]["bytes"] == 0
