"""How what was measured is told in README."""

from pathlib import Path

import report

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


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
    assert rows[0] == "|  | explorer | slow |"
    assert rows[2] == "| key press to painted picture | 8.0 ms | 400 ms (× 50) |"
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
