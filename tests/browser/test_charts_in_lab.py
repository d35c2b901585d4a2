"""Charts and bowls in a real browser: what is drawn is what Python computes for the controls."""

import numpy as np
from drawn import HALF_A_PIXEL, drawn
from lab import computed, painted, run_code
from playwright.sync_api import expect
from test_lab import box, button, handle, player, settle, status, type_in

from rmsprop_lesson import scenes
from rmsprop_lesson.dials import dial
from rmsprop_lesson.families import contour_levels, family_of
from rmsprop_lesson.figures import plane_window
from rmsprop_lesson.problems import quadratic_bowl

CHART = """import numpy as np
from rmsprop_lesson.charts import Chart, Panel, Series
from rmsprop_lesson.dials import dial
def memory(beta, period):
    age = np.arange(31.0)
    weight = (1 - beta) * beta**age
    says = f"The half-life is {np.log(0.5) / np.log(beta) if beta else 0:.2f} steps."
    return {"weight": weight, "wave": np.sin(age / period), "across": np.cos(age), "says": says}
chart = Chart(
    memory,
    (dial("beta"), dial("period", (1, 2, 5), words="period <b>", lower=1)),
    (
        Panel("weight", "Weight", (0, 30), (1e-6, 1), (Series("weight", "weight"),), log=True),
        Panel("plane", "Plane", (-2, 2), (-2, 2), (Series(("across", "wave"), "p"),), over="plane"),
        Panel("bars", "Bars", (-1, 31), (-1, 1), (Series("weight", "weight"),), over="bars"),
        Panel("past", "Past", (-1, 31), (-1, 1), (Series("wave", "wave"),), over="past"),
    ),
    title="Memory", n_steps=30)
chart"""
DIALS = {name: dial(name) for name in ("condition", "angle")}
AGES = np.arange(31.0)


def assert_drawn(page, beta, period, at):
    """Assert that every point of the four panels is where the numbers belong, to half a pixel."""
    weight, wave = (1 - beta) * beta**AGES, np.sin(AGES / period)
    zeros, past = np.zeros(31), at - AGES[: at + 1]
    stems = {
        "bars": (AGES, weight),
        "past": (past, wave[: at + 1]),
    }
    expected = {
        "weight-0-log weight": (AGES[: at + 1], np.log10(weight[: at + 1]), (0, 30), (-6, 0)),
        "plane-0-wave": (np.cos(AGES)[: at + 1], wave[: at + 1], (-2, 2), (-2, 2)),
    }
    for name, (x, y) in stems.items():
        x, y = np.repeat(x, 3), np.stack([zeros[: len(y)], y, zeros[: len(y)]], axis=1).ravel()
        line = {"bars": "bars-0-weight", "past": "past-0-wave"}[name]
        expected[line] = (x, y, (-1, 31), (-1, 1))
    lines = drawn(player(page))
    assert lines.keys() == expected.keys()
    for name, (x, y, (x0, x1), (y0, y1)) in expected.items():
        left, bottom, wide, high = scenes.BOX
        across = 72 * scenes.WIDTH * (left + (x - x0) / (x1 - x0) * wide)
        up = 72 * scenes.HEIGHT * (1 - bottom - (y - y0) / (y1 - y0) * high)
        inside = (y >= y0) & (y <= y1)
        apart = np.abs(lines[name] - np.transpose([across, up]))[inside]
        assert apart.max() < HALF_A_PIXEL, name


def test_a_chart_follows_its_dials_its_boxes_and_its_scrubber(notebook):
    page = notebook(CHART)
    assert_drawn(page, 0.9, 2, 30)
    handle(page, "beta").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    handle(page, "period").focus()
    page.keyboard.press("ArrowRight")
    for _ in range(4):
        button(page, "Back").click()
    settle(page)
    assert_drawn(page, 0.95, 5, 26)
    expect(status(page)).to_have_text(
        "Iteration 26. Weight 0.013, p -0.883. The half-life is 13.51 steps."
    )
    assert run_code(page, "print(chart.sentence)").endswith("13.51 steps.")
    type_in(page, "beta", "0.77")
    type_in(page, "period", "3.5")
    computed(page)
    assert_drawn(page, 0.77, 3.5, 26)
    expect(status(page)).to_contain_text("The half-life is 2.65 steps.")
    type_in(page, "period", "0.5")
    expect(page.get_by_text("period must be a finite number, 1 or above")).to_be_visible()
    settle(page)
    assert_drawn(page, 0.77, 3.5, 26)
    assert run_code(page, "print(chart.values)") == "{'beta': 0.77, 'period': 3.5}"
    button(page, "Reset").click()
    settle(page)
    assert_drawn(page, 0.9, 2, 30)


BOWL = """from rmsprop_lesson.optimizers import rmsprop
from rmsprop_lesson.problems import quadratic_bowl
explorer = Explorer(quadratic_bowl, rmsprop, gradient_descent,
                    sliders=("lr", "condition", "angle"), panels=("plane", "loss"))
explorer"""
CONTOURS = """(root) => [...root.querySelectorAll(".rmsprop-contour")].map((line) =>
    line.getAttribute("points").split(" ").map((point) => point.split(",").map(Number)))"""


def assert_contours(page, condition, angle):
    """Assert that each drawn contour has its loss everywhere: read back from the points."""
    problem = quadratic_bowl(condition=condition, angle=angle)
    (x0, x1), (y0, y1) = plane_window(family_of(quadratic_bowl, DIALS, {}))
    levels = contour_levels(family_of(quadratic_bowl, DIALS, {}))
    left, bottom, wide, high = scenes.BOX
    contours = player(page).evaluate(CONTOURS)
    assert len(contours) == len(levels) == 9
    for points, level in zip(np.array(contours), levels, strict=True):
        x = x0 + (points[:, 0] / (72 * scenes.WIDTH) - left) / wide * (x1 - x0)
        y = y0 + (1 - points[:, 1] / (72 * scenes.HEIGHT) - bottom) / high * (y1 - y0)
        assert np.allclose(problem.loss(np.transpose([x, y])), level, rtol=0.02, atol=0.01)


def test_the_contours_of_a_bowl_turn_and_stretch_with_its_sliders(notebook):
    page = notebook(BOWL)
    assert_contours(page, 1000, 0)
    handle(page, "angle").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    handle(page, "condition").focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    settle(page)
    assert_contours(page, 10, 45)
    type_in(page, "angle", "33")
    type_in(page, "condition", "7.5")
    computed(page)
    assert_contours(page, 7.5, 33)
    assert box(page, "angle").input_value() == "33"
    for theta in run_code(page, "print(explorer.trajectory.theta[-1].round(3).tolist())")[
        1:-1
    ].split(","):
        expect(status(page)).to_contain_text(f"{float(theta):.3f}")


def test_pictures_stay_where_they_are_while_a_longer_sentence_is_said(notebook):
    lab = "from rmsprop_lesson.topics.libraries import epsilon_lab\nepsilon_lab()"
    page = notebook("Explorer(problem, n_steps=5)", lab)
    page.set_viewport_size({"width": 1366, "height": 768})
    at = page.get_by_label("position", exact=True)
    shown = page.locator(".rmsprop-player").nth(1)
    picture, said = shown.locator("figure").first, shown.locator(".rmsprop-status")
    places, lengths = set(), set()
    for position in range(36, 46):
        at.fill(str(position))
        painted(page)
        places.add(picture.evaluate("(figure) => figure.offsetTop"))
        lengths.add(len(said.inner_text()))
    assert len(places) == 1 and len(lengths) > 1
