"""The scenes: what stands still in the browser, with the scales for what moves."""

import io
import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib import rcParams, style
from matplotlib.figure import Figure
from matplotlib.image import imread

from rmsprop_lesson import scenes
from rmsprop_lesson.dials import POSITIONS, dial
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.figures import DRAW
from rmsprop_lesson.optimizers import gradient_descent
from rmsprop_lesson.problems import linear_regression, quadratic_bowl
from rmsprop_lesson.scenes import parameter_of, picture, scene
from rmsprop_lesson.trajectory import run

PROBLEM = linear_regression()
FIRST = {"lr": 0.1, "beta": 0.9, "epsilon": 1e-8}


def at(told, x, y):
    """Place a point as the player does, from box, x and y of a scene."""
    (left, top, right, bottom), (x0, x1), (y0, y1) = told["box"], told["x"], told["y"]
    return left + (x - x0) / (x1 - x0) * (right - left), bottom - (y - y0) / (y1 - y0) * (
        bottom - top
    )


@pytest.mark.parametrize("panel", DRAW)
def test_the_player_places_points_where_matplotlib_does(panel):
    told = scene(PROBLEM, panel, 200)
    figure = Figure(figsize=(scenes.WIDTH, scenes.HEIGHT), dpi=72)
    ax = figure.add_axes(scenes.BOX)
    DRAW[panel](ax, PROBLEM)
    random = np.random.default_rng(5)
    log = panel in ("loss", "rates")
    for x, y in zip(random.uniform(*told["x"], 20), random.uniform(*told["y"], 20), strict=True):
        expected = ax.transData.transform((x, 10**y if log else y))
        assert np.allclose(at(told, x, y), (expected[0], told["height"] - expected[1]), atol=1e-9)


@pytest.mark.parametrize("panel", DRAW)
def test_the_drawn_axes_stand_where_the_scene_says(panel):
    """In the SVG itself: matplotlib draws the background of the axes as patch_2."""
    told = scene(PROBLEM, panel, 200)
    root = ET.fromstring(told["svg"])
    assert root.attrib["viewBox"].split() == ["0", "0", f"{told['width']:g}", f"{told['height']:g}"]
    (patch,) = (each for each in root.iter() if each.get("id") == "patch_2")
    corners = [
        tuple(map(float, part.split()[-2:]))
        for part in patch[0].attrib["d"].replace("\n", "").replace("z", "").split("L")
    ]
    xs, ys = zip(*((float(x), float(y)) for x, y in corners), strict=True)
    assert np.allclose([min(xs), min(ys), max(xs), max(ys)], told["box"], atol=1e-3)


def test_all_panels_have_one_box_so_that_nothing_jumps():
    assert len({tuple(scene(PROBLEM, panel, 200)["box"]) for panel in DRAW}) == 1


def test_iterations_run_over_the_whole_width():
    for panel in ("loss", "rates"):
        assert scene(PROBLEM, panel, 37)["x"] == [0, 37]
        assert scene(PROBLEM, panel, 37)["over"] == "iteration"


def test_a_scene_is_drawn_once():
    assert scene(PROBLEM, "plane", 200) is scene(PROBLEM, "plane", 200)


def test_scenes_carry_words_for_those_who_do_not_see_them():
    for panel in DRAW:
        told = scene(PROBLEM, panel, 200)
        assert told["description"].endswith(".") and told["gone"].endswith(".")


def slow(theta, gradient, state, *, lr=0.1, beta=0.9, epsilon=1e-8):
    state = beta * state + (1 - beta) * gradient**2
    return theta - lr * gradient / max(np.sqrt(state + epsilon).max(), 1e-9), state


@pytest.mark.parametrize("problem", [PROBLEM, quadratic_bowl(), quadratic_bowl])
def test_the_whole_scene_is_plain_json_without_nan(problem):
    sliders = ("lr", "angle") if problem is quadratic_bowl else None
    told = Explorer(
        problem, slow, compare=gradient_descent, n_steps=20, sliders=sliders
    ).player.scene
    assert json.loads(json.dumps(told, allow_nan=False)) == json.loads(json.dumps(told))
    panels = [panel for panel in DRAW if panel != "fit" or problem is PROBLEM]
    assert [panel["name"] for panel in told["panels"]] == panels


def test_the_scene_says_what_each_rule_takes_and_what_its_atlas_holds():
    told = Explorer(PROBLEM, gradient_descent, compare=slow, n_steps=20, panels="loss").player.scene
    with_atlas, without = told["paths"]
    assert with_atlas["call"] == "run(problem, gradient_descent, n_steps=20"
    assert with_atlas["names"] == ["lr"]
    assert with_atlas["positions"] == [["lr", list(POSITIONS["lr"])]]
    assert [each["name"] for each in with_atlas["channels"]] == ["theta_0", "theta_1", "excess"]
    assert without == {
        "name": "slow",
        "call": "run(problem, slow, n_steps=20",
        "fixed": {},
        "names": ["lr", "beta", "epsilon"],
    }
    assert [line["path"] for line in told["panels"][0]["lines"]] == [0, 0, 1, 1]


def test_the_scene_says_what_is_allowed_in_each_box():
    told = [parameter_of(dial(name)) for name in FIRST]
    limits = {each["name"]: (each["lower"], each["lower_included"], each["upper"]) for each in told}
    assert limits == {"lr": (0, False, None), "beta": (0, True, 1), "epsilon": (0, True, None)}
    assert all(each["positions"] == list(POSITIONS[each["name"]]) for each in told)


@pytest.mark.parametrize(("panels", "size"), [(["loss"], (279, 414)), (list(DRAW), (558, 828))])
def test_the_picture_has_its_size_and_is_not_blank(panels, size):
    paths = [("RMSProp", run(PROBLEM, n_steps=50))]
    pixels = imread(io.BytesIO(picture(PROBLEM, panels, paths, 50, 50)))
    height, width = size
    assert pixels.shape[:2] in [size, (height, width - 1)]  # Matplotlib 3.10 cuts, 3.11 rounds
    assert (pixels[..., :3].min(axis=2) < 0.5).mean() > 0.005


def test_the_same_picture_has_the_same_bytes():
    paths = [("RMSProp", run(PROBLEM, n_steps=50))]
    assert picture(PROBLEM, ["loss"], paths, 9, 50) == picture(PROBLEM, ["loss"], paths, 9, 50)
    assert picture(PROBLEM, ["loss"], paths, 9, 50) != picture(PROBLEM, ["loss"], paths, 8, 50)


def test_the_readers_own_matplotlib_style_does_not_reach_the_pictures():
    def still():
        scene.cache_clear()
        return re.sub(r"[mpC][0-9a-z_]{10,}", "", scene(PROBLEM, "loss", 77)["svg"])

    light = still(), picture(PROBLEM, ("loss",), [], 0, 77)
    with style.context("dark_background"):
        assert (still(), picture(PROBLEM, ("loss",), [], 0, 77)) == light
        assert rcParams["text.color"] == "white"
