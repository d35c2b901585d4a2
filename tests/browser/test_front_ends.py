"""JupyterLab, Notebook 7 and Voila: the same walk in each, on one page of each."""

import re
from functools import cache
from types import SimpleNamespace

import pytest
from conftest import IMPORTS
from drawn import assert_at, expected
from lab import FRONT_ENDS, open_notebook, write_notebook
from playwright.sync_api import expect
from test_lab import FIRST, PROBLEM, box, button, handle, player, status, type_in, values_in_kernel

from rmsprop_lesson.dials import POSITIONS
from rmsprop_lesson.optimizers import gradient_descent, rmsprop

CELLS = (
    IMPORTS,
    "explorer = Explorer(problem, compare=gradient_descent)\nexplorer",
    'Explorer(problem, drawn_by="kernel")',
)


@pytest.fixture(scope="module", params=FRONT_ENDS)
def front_end(request, lab, browser):
    """A page of a front end, with a mouse, keys and a touch screen, and what went wrong on it."""
    folder, address = lab
    write_notebook(folder / "walk.ipynb", *CELLS)
    context = browser.new_context(viewport={"width": 1280, "height": 1300}, has_touch=True)
    page = context.new_page()
    page.problems = []
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
    page.set_viewport_size({"width": 1280, "height": 1300})
    button(page, "Reset").click()
    assert page.problems == []


def painted(page):
    """Wait until the changes made so far have been painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


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
    screen = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(places):
        kind = "touchMove" if number else "touchStart"
        points = [{"x": x, "y": y}]
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def middle(locator):
    place = locator.bounding_box()
    return place["x"] + place["width"] / 2, place["y"] + place["height"] / 2


def test_every_key_of_a_slider_moves_it_and_never_leaves_it(front_end, page):
    for name, first in FIRST.items():
        grip, positions = handle(page, name), POSITIONS[name]
        at = positions.index(first)
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
    touch(page, (x, y), (x + 15, y), (x + 30, y), (x + 45, y))
    painted(page)
    beta = float(box(page, "beta").input_value())
    assert beta in POSITIONS["beta"] and beta > 0.9
    assert_shown(page, beta=beta)
    track = page.locator(".rmsprop-slider-epsilon .noUi-target").first.bounding_box()
    touch(page, (track["x"] + track["width"] - 2, track["y"] + track["height"] / 2))
    assert_shown(page, beta=beta, epsilon=1.0)
    assert_in_python(front_end, beta=beta, epsilon=1.0)


def test_a_typed_value_is_shown_whether_a_slider_has_it_or_not(front_end, page):
    type_in(page, "lr", "0.33")
    assert_shown(page, lr=0.33)
    type_in(page, "beta", ".875")
    expect(page.locator(".rmsprop-waiting")).to_have_count(0)
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


def test_no_key_reaches_the_notebook(front_end, page):
    counted = (".jp-OutputArea-output", ".jp-Notebook .jp-Cell", ".jp-Dialog")
    before = [page.locator(each).count() for each in counted]
    controls = page.locator(".rmsprop-explorer").first.locator(
        "button, input, select, .noUi-handle"
    )
    assert controls.count() == 15
    for control in controls.all():
        control.focus()
        page.keyboard.type("ddabxzm00")
    painted(page)
    assert [page.locator(each).count() for each in counted] == before


# ---- how it looks ----

SCREENS = [(1024, 1), (1280, 1), (1920, 1), (390, 1), (1280, 2), (390, 3), (640, 2)]
LAID_OUT = """(board) => {
    const wrong = [], edges = board.getBoundingClientRect(), page = document.documentElement;
    const area = board.closest(".jp-OutputArea-output");
    const boxes = [...board.querySelectorAll("button, select, input, label, output, p, img, .noUi-handle,"
        + ".widget-label, .rmsprop-legend > span")].filter((each) => each.getClientRects().length);
    const place = (each) => each.getBoundingClientRect();
    if (page.scrollWidth > page.clientWidth) wrong.push("the page scrolls sideways");
    if (area.scrollWidth > area.clientWidth) wrong.push("the output scrolls sideways");
    for (const each of boxes) {
        const { left, right } = place(each), name = each.outerHTML.slice(0, 80);
        if (left < edges.left - 1 || right > edges.right + 1) wrong.push(`beyond the edge: ${name}`);
        if (each.scrollWidth > each.clientWidth + 1 && each.clientWidth) wrong.push(`cut off: ${name}`);
        for (const other of boxes) {
            if (other === each || each.contains(other) || other.contains(each)) continue;
            const [a, b] = [place(each), place(other)];
            if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
                && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
                wrong.push(`${name} overlaps ${other.outerHTML.slice(0, 80)}`);
        }
    }
    for (const panel of board.querySelectorAll(".rmsprop-panel")) {
        const [still, moving] = [...panel.querySelectorAll(":scope > img, :scope > svg")].map(place);
        for (const side of ["left", "top", "right", "bottom"])
            if (Math.abs(still[side] - moving[side]) > 0.5) wrong.push(`${panel.dataset.panel}: ${side}`);
    }
    return wrong;
}"""


def set_screen(page, width, density):
    """Make the window as wide as a screen, and its pixels as small."""
    page.set_viewport_size({"width": width, "height": 1300})
    page.context.new_cdp_session(page).send(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 1300, "deviceScaleFactor": density, "mobile": False},
    )


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
