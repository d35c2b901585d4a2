"""JupyterLab, Notebook 7 and Voila: the same walk in each, on one page of each."""

import re
from base64 import b64decode
from functools import cache
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
from accessible import ALL_KINDS, OUTPUTS, complaints, contrast_on, faint, letters
from conftest import IMPORTS
from drawn import assert_at, expected
from lab import (
    FRONT_ENDS,
    change_theme,
    computed,
    keep_hidden_cells,
    open_notebook,
    painted,
    write_notebook,
)
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from playwright.sync_api import expect
from test_lab import FIRST, PROBLEM, box, button, handle, player, status, type_in, values_in_kernel

from rmsprop_lesson import scenes
from rmsprop_lesson.dials import POSITIONS
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.trajectory import run

CELLS = (
    IMPORTS,
    "explorer = Explorer(problem, compare=gradient_descent)\nexplorer",
    'Explorer(problem, drawn_by="kernel")',
)
# Where Python draws, no script of ours names Jupyter's own sliders: each has a named box beside it.
NAMELESS = [".rmsprop-explorer:not(:has(.rmsprop-player)) .noUi-handle"]

IS_SEEN = """(expected) => {
    const { top, bottom, height } =
        document.querySelector(".rmsprop-explorer").getBoundingClientRect();
    return (height > 0 && bottom > 0 && top < innerHeight) === expected;
}"""


@pytest.fixture(scope="module", params=FRONT_ENDS)
def front_end(request, lab, browser):
    """A page of a front end, with a mouse, keys and a touch screen, and what went wrong on it."""
    folder, address = lab
    write_notebook(folder / "walk.ipynb", *CELLS)
    context = browser.new_context(viewport={"width": 1280, "height": 1300}, has_touch=True)
    page = context.new_page()
    page.devtools, page.problems = context.new_cdp_session(page), []
    page.on("pageerror", lambda error: page.problems.append(f"{error} {error.stack}"))
    page.on("console", lambda said: page.problems.append(said) if said.type == "error" else None)
    open_notebook(page, address, "walk.ipynb", front_end=request.param)
    status(page).get_by_text("Iteration 200").wait_for(timeout=60000)
    page.wait_for_function("document.querySelectorAll('.rmsprop-explorer').length === 2")
    yield SimpleNamespace(name=request.param, page=page, address=address)
    context.close()


@pytest.fixture
def page(front_end):
    """The same page again, as it was at first."""
    page = front_end.page
    page.problems.clear()  # as it opens, a front end may complain of its own parts
    yield page
    set_screen(page, 1280, 1)
    button(page, "Reset").click()
    assert page.problems == []


@cache
def where(iteration, **changed):
    return expected(PROBLEM, [rmsprop, gradient_descent], FIRST | changed, iteration)


def assert_shown(page, iteration=200, **changed):
    """Assert that boxes and picture have the first values but for those that changed."""
    painted(page)
    values = FIRST | changed
    assert {name: float(box(page, name).input_value()) for name in values} == values
    assert_at(player(page), where(iteration, **changed))


def assert_in_python(front_end, **changed):
    """Assert that the kernel has the values, too. Voila lets no test ask it."""
    if front_end.name != "Voila":
        front_end.page.wait_for_timeout(50)  # Python hears of the values after they are painted
        assert values_in_kernel(front_end.page) == FIRST | changed


def touch(page, *places):
    """Put a finger on the first place, move it over the others, and lift it."""
    for number, (x, y) in enumerate(places):
        kind = "touchMove" if number else "touchStart"
        points = [{"x": x, "y": y}]
        page.devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def middle(locator):
    place = locator.bounding_box()
    return place["x"] + place["width"] / 2, place["y"] + place["height"] / 2


def test_every_key_of_a_slider_moves_it_and_never_leaves_it(front_end, page):
    names = FIRST if front_end.name == "Notebook" else ["lr"]  # it keeps most keys to itself
    for name in names:
        grip, positions = handle(page, name), POSITIONS[name]
        at = positions.index(FIRST[name])
        grip.focus()
        for key, step in [("ArrowRight", 1), ("ArrowUp", 2), ("ArrowLeft", 1), ("ArrowDown", 0)]:
            page.keyboard.press(key)
            assert_shown(page, **{name: positions[at + step]})
        page.keyboard.press("PageUp")
        painted(page)
        assert positions.index(float(box(page, name).input_value())) > at + 1
        for key, place in [("PageDown", at), ("Home", 0), ("End", -1)]:
            page.keyboard.press(key)
            assert_shown(page, **{name: positions[place]})
        expect(grip).to_be_focused()
        assert_in_python(front_end, **{name: positions[-1]})
        button(page, "Reset").click()


def test_a_mouse_drags_a_slider(front_end, page):
    x, y = middle(handle(page, "lr"))
    page.mouse.move(x, y)
    page.mouse.down()
    for far in (20, 40, 60):
        page.mouse.move(x + far, y)
    page.mouse.up()
    painted(page)
    lr = float(box(page, "lr").input_value())
    assert lr in POSITIONS["lr"] and lr > 0.1
    assert_shown(page, lr=lr)
    assert_in_python(front_end, lr=lr)


def test_a_finger_drags_a_slider_and_taps_its_track(front_end, page):
    x, y = middle(handle(page, "beta"))
    y += 13  # a finger may miss the handle a little
    touch(page, (x, y), (x + 15, y), (x + 30, y), (x + 45, y))
    painted(page)
    beta = float(box(page, "beta").input_value())
    assert beta in POSITIONS["beta"] and beta > 0.9
    assert_shown(page, beta=beta)
    track = page.locator(".rmsprop-slider-epsilon .noUi-target").first.bounding_box()
    touch(page, (track["x"] + track["width"] - 2, track["y"] - 10))
    assert_shown(page, beta=beta, epsilon=1.0)
    assert_in_python(front_end, beta=beta, epsilon=1.0)


def test_a_typed_value_is_shown_whether_a_slider_has_it_or_not(front_end, page):
    type_in(page, "lr", "0.33")
    assert_shown(page, lr=0.33)
    type_in(page, "beta", ".875")
    computed(page)
    assert_shown(page, lr=0.33, beta=0.875)
    assert_in_python(front_end, lr=0.33, beta=0.875)


def test_a_typed_value_that_is_not_allowed_is_refused_in_words(front_end, page):
    type_in(page, "beta", "1")
    said = 'beta must be a number from 0 up to, but not including, 1, not "1".'
    line = page.get_by_text(f"{said} The picture still shows beta = 0.9.", exact=True)
    expect(line).to_be_visible()
    assert_at(player(page), where(200))
    button(page, "Reset").click()
    expect(line).to_have_count(0)
    assert_shown(page)
    assert_in_python(front_end)


@pytest.mark.parametrize("by", ["mouse", "keyboard", "touch"])
def test_the_player_answers(front_end, page, by):
    def push(name):
        wanted = button(page, name)
        if by == "mouse":
            wanted.click()
        elif by == "touch":
            wanted.tap()
        else:
            wanted.focus()
            page.keyboard.press("Enter" if name in ("Play", "First") else "Space")

    for name, iteration in [("First", 0), ("Forward", 1), ("Back", 0), ("Last", 200)]:
        push(name)
        assert_shown(page, iteration)
    page.get_by_label("speed").first.select_option("30 steps/s")
    push("Play")
    expect(status(page)).to_have_text(re.compile("Iteration [0-9]{1,2}[.]"))
    push("Pause")
    painted(page)
    paused = int(page.locator(".rmsprop-count").first.inner_text().split(" / ")[0])
    assert 0 <= paused < 200
    assert_shown(page, paused)
    handle(page, "lr").press("End")
    push("Reset")
    assert_shown(page)
    tall = page.locator(".rmsprop-controls").first.locator("button, select").all()
    assert all(each.bounding_box()["height"] >= 40 for each in tall)  # on a screen for fingers


def test_the_scrubber_answers_to_mouse_keys_and_finger(front_end, page):
    scrubber = page.get_by_label("iteration", exact=True).first
    x, y = middle(scrubber)
    page.mouse.click(x, y)
    assert_shown(page, 100)
    for key, iteration in [("ArrowRight", 101), ("ArrowLeft", 100), ("Home", 0), ("End", 200)]:
        page.keyboard.press(key)
        assert_shown(page, iteration)
    expect(scrubber).to_be_focused()
    page.touchscreen.tap(x, y)
    assert_shown(page, 100)


def test_out_of_sight_and_back_it_goes_on(front_end, page):
    """JupyterLab 4.4, which Binder has, hides the cells that are out of sight."""
    set_screen(page, 1280, 1, height=500)
    positions = POSITIONS["lr"]
    handle(page, "lr").press("Home")
    page.mouse.move(1240, 300)  # beside the cells: the active cell's output can scroll by itself
    for far, is_seen in [(5000, False), (-5000, True)]:
        page.mouse.wheel(0, far)
        page.wait_for_function(IS_SEEN, arg=is_seen)
    assert_shown(page, lr=positions[0])
    handle(page, "lr").press("ArrowRight")
    assert_shown(page, lr=positions[1])
    assert_in_python(front_end, lr=positions[1])


def test_no_key_reaches_the_notebook(front_end, page):
    counted = (".jp-OutputArea-output", ".jp-Notebook .jp-Cell", ".jp-Dialog")
    before = [page.locator(each).count() for each in counted]
    controls = page.locator(".rmsprop-explorer").first.locator(
        "button, input, select, .noUi-handle"
    )
    assert controls.count() == 16
    for control in controls.all():
        control.focus()
        page.keyboard.type("ddabxzm00")
    painted(page)
    assert [page.locator(each).count() for each in counted] == before


def test_axe_has_no_complaint_of_what_is_ours(front_end, page):
    button(page, "Show table").click()
    assert complaints(page, OUTPUTS, but=NAMELESS) == []
    button(page, "Hide table").click()


@pytest.mark.parametrize("front_end", ["Notebook", "Voila"], indirect=True)
def test_axe_has_no_complaint_of_any_other_kind_of_output(front_end, lab):
    """In JupyterLab neither: see test_accessibility.py."""
    folder, address = lab
    write_notebook(folder / "kinds.ipynb", IMPORTS, *ALL_KINDS)
    page = front_end.page.context.new_page()
    open_notebook(page, address, "kinds.ipynb", front_end=front_end.name)
    if front_end.name == "Notebook":
        keep_hidden_cells(page)
    page.locator(".rmsprop-status", has_text="Stage").wait_for(timeout=60000)
    page.get_by_text("Not yet").first.wait_for()
    assert complaints(page, OUTPUTS) == []
    page.close()


def test_what_only_the_tests_need_adds_no_button(front_end, page):
    """Notebook and Voila would each put one into the toolbar, as long as they are installed."""
    toolbar = page.locator(".jp-NotebookPanel-toolbar > *")
    names = toolbar.evaluate_all("(all) => all.map((each) => each.dataset.jpItemName)")
    assert ("save" in names) == (front_end.name != "Voila")  # which has no toolbar
    assert not {"interfaceSwitcher", "voilaRender"} & set(names)


# ---- how it looks ----

SCREENS = [(1024, 1), (1280, 1), (1920, 1), (390, 1), (1280, 2), (390, 3), (640, 2)]
LAID_OUT = """(board) => {
    const wrong = [], page = document.documentElement;
    const area = board.closest(".jp-OutputArea-output");
    const place = (each) => each.getBoundingClientRect(), edges = place(board);
    const side = (a, b, low, high) => Math.min(a[high], b[high]) - Math.max(a[low], b[low]) > 1;
    const overlap = (a, b) => side(a, b, "left", "right") && side(a, b, "top", "bottom");
    const parts = [...board.querySelectorAll(`button, select, input, label, output, p, img,
        .noUi-handle, .widget-label, .rmsprop-legend > span`)];
    const seen = parts.filter((each) => each.getClientRects().length);
    if (page.scrollWidth > page.clientWidth) wrong.push("the page scrolls sideways");
    if (area.scrollWidth > area.clientWidth) wrong.push("the output scrolls sideways");
    for (const each of seen) {
        const here = place(each), name = each.outerHTML.slice(0, 80);
        if (here.left < edges.left - 1 || here.right > edges.right + 1) wrong.push(`out: ${name}`);
        if (each.clientWidth && each.scrollWidth > each.clientWidth + 1 && each.textContent)
            wrong.push(`cut: ${name}`);
        for (const other of seen)
            if (!each.contains(other) && !other.contains(each) && overlap(here, place(other)))
                wrong.push(`over another: ${name}`);
    }
    for (const panel of board.querySelectorAll(".rmsprop-panel")) {
        const [still, moving] = [...panel.children].slice(0, 2).map(place);
        for (const side of ["left", "top", "right", "bottom"])
            if (Math.abs(still[side] - moving[side]) > 0.5) wrong.push("lines beside their axes");
    }
    return wrong;
}"""


def set_screen(page, width, density, height=1300):
    """Make the window as wide and as high as a screen, and its pixels as small."""
    page.devtools.send(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": density, "mobile": False},
    )


def photograph(page, locator):
    """Return what a screen shows of an element, pixel by pixel: (height, width, 3)."""
    locator.scroll_into_view_if_needed()
    painted(page)
    taken = page.devtools.send(
        "Page.captureScreenshot", {"clip": locator.bounding_box() | {"scale": 1}}
    )
    return imread(BytesIO(b64decode(taken["data"])))[..., :3]


def test_the_contrast_is_that_of_wcag():
    black = contrast_on("rgb(0, 0, 0)", ["rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"])
    assert black == pytest.approx(21)
    grey = contrast_on("rgb(119, 119, 119)", ["rgb(255, 255, 255)"])
    assert grey == pytest.approx(4.48, abs=0.005)  # the value that WCAG's examples give #777


@pytest.mark.parametrize("width, density", SCREENS)
def test_nothing_is_cut_off_or_overlaps(front_end, page, width, density):
    """640 pixels of double size are a window of 1280 at a zoom of 200 %."""
    set_screen(page, width, density)
    player(page).scroll_into_view_if_needed()
    painted(page)
    assert page.evaluate("[innerWidth, devicePixelRatio]") == [width, density]
    assert page.locator(".rmsprop-explorer").first.evaluate(LAID_OUT) == []
    handle(page, "lr").press("ArrowRight")
    assert_shown(page, lr=0.12)


def test_on_a_dense_screen_lines_are_where_they_should_be_and_letters_sharp(front_end, page):
    set_screen(page, 1280, 2)
    picture = photograph(page, page.locator(".rmsprop-panel[data-panel=loss] > img").first)
    scale = picture.shape[1] / (72 * scenes.WIDTH)
    assert scale > 2
    across, up = (where(200)["loss-0-excess"][20:120] * scale).astype(int).T
    orange = np.abs(picture[up, across] - to_rgb("#D55E00")).max(axis=1) < 0.2
    assert orange.mean() > 0.9
    jumps = np.abs(np.diff(picture.mean(axis=2), axis=1))
    assert jumps.max() > 0.75  # from white to black between two pixels: not a picture made larger


def test_the_kernel_draws_the_picture_where_the_browser_cannot(front_end, page):
    board = page.locator(".rmsprop-explorer").nth(1)
    board.locator(".noUi-handle").first.press("End")  # Notebook keeps arrows to itself
    board.get_by_text("Explorer, lr = 1, beta = 0.9").wait_for()
    path = run(PROBLEM, rmsprop, 200, **FIRST | {"lr": 1.0})
    drawn = board.locator("img").evaluate(
        "async ({ src }) => [...new Uint8Array(await (await fetch(src)).arrayBuffer())]"
    )
    assert bytes(drawn) == scenes.picture(PROBLEM, scenes.PANELS, [("RMSProp", path)], 200, 200)


def set_theme(front_end, name):
    """Show the page in a theme; for Voila it is a part of the address."""
    page = front_end.page
    if front_end.name != "Voila":
        change_theme(page, name)
    elif name == "Dark":
        page.goto(f"{page.url}&theme=dark", wait_until="commit")
        page.locator("body[data-jp-theme-light=false]").wait_for(state="attached", timeout=60000)
        status(page).get_by_text("Iteration 200").wait_for(timeout=60000)
        page.problems.clear()  # as at its first start
    painted(page)


def test_letters_stand_out_in_both_themes(front_end, page):
    for theme in ("Light", "Dark"):
        set_theme(front_end, theme)
        parts = page.locator(".rmsprop-explorer").first.locator("*")
        assert len(letters(parts)) > 20
        assert faint(parts) == []
    if front_end.name != "Voila":
        set_theme(front_end, "Light")  # the server remembers it
