"""Every page of the site in a real browser: from a disk and from a server, wide and narrow."""

import contextlib
from pathlib import Path

import pytest
from accessible import UNDECIDED, complaints, faint, letters
from drawn import assert_lines, assert_same, corners, drawn, numbers_of
from lesson_boards import MAKE, board
from playwright.sync_api import expect

from rmsprop_lesson.dials import POSITIONS
from rmsprop_lesson.optimizers import rmsprop
from rmsprop_lesson.problems import linear_regression

NOTEBOOKS = [
    path.stem for path in sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
]
PAGES = ["index", *(f"notebooks/{name}" for name in NOTEBOOKS)]
OTHERS = ["TEACHING", "teaching/questions", "teaching/answers", "GLOSSARY", "SOURCES"]
OTHERS += ["CONTRIBUTING", "SECURITY", "explorer"]
FIRST = {"lr": 0.1, "beta": 0.9, "epsilon": 1e-8}
PROBLEM = linear_regression()
TEN_MEGABITS = {"downloadThroughput": 1.25e6, "uploadThroughput": 1.25e6, "latency": 100}


@contextlib.contextmanager
def opened(browser, where, **settings):
    """Open a page that may load nothing but what stands below `where`, and has no complaint."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 1000}, **settings})
    page = context.new_page()
    page.problems, page.requested = [], []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: page.problems.append(message.text))
    page.on("requestfailed", lambda request: page.problems.append(request.url))
    page.on("request", lambda request: page.requested.append(request.url))
    yield page
    context.close()
    assert page.problems == []
    outside = [url for url in page.requested if not url.startswith((where, "data:image/svg+xml"))]
    assert outside == []


def settle(page):
    """Wait until the changes made so far have been painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)))")


def slider(view, name):
    return view.locator(f"input.rmsprop-slider-{name}")


def box(view, name):
    return view.get_by_label(f"{name} =", exact=True)


def live_places(page):
    """Scroll through the page until every place lives; return the locator of its boards."""
    places = page.locator("[data-board], [data-question]")
    for number in range(places.count()):
        places.nth(number).scroll_into_view_if_needed()
        expect(places.nth(number)).to_have_attribute("data-live", "")
    boards = page.locator("[data-board]")
    loading = page.locator(".rmsprop-status", has_text="Loading")
    expect(loading).to_have_count(0, timeout=20000)
    return boards


def first_picture(page, address):
    """Open the first notebook's page; return its explorer as soon as it shows a run."""
    page.goto(f"{address}/notebooks/00_start_here.html")
    page.locator("[data-board]").scroll_into_view_if_needed()
    view = page.locator(".rmsprop-explorer")
    expect(view.locator(".rmsprop-status")).to_contain_text("Iteration")
    return view


def first_explorer(page, address):
    """Open the first notebook's page; return its explorer with all that it needs."""
    view = first_picture(page, address)
    live_places(page)
    return view


def cells_with_boards(page):
    return page.evaluate(
        """() => [...document.querySelectorAll("[data-board]")].map(
            (place) => place.closest(".cell")?.id.replace("cell-", "") ?? "00-02")"""
    )


def assert_drawn(page, view, mirror):
    """Assert that what is drawn is what Python has for the values that the boxes say."""
    settle(page)
    expect(view.locator(".rmsprop-status")).not_to_contain_text("Loading")  # it is said, and ends
    values = {name: float(box(view, name).input_value()) for name in mirror.values}
    at = int(view.locator(".rmsprop-scrubber input").input_value())
    assert_lines(drawn(view), mirror.player.scene["panels"], numbers_of(mirror, values), at)
    return values


def to_corners(page, view, mirror):
    """Move all sliders of a board to all of their corners, by keyboard."""
    names = list(mirror.values)
    for name in names:
        slider(view, name).press("Home")
    for moved, key in corners(len(names)):
        slider(view, names[moved]).press(key)
        values = assert_drawn(page, view, mirror)
        assert values[names[moved]] == mirror.dials[names[moved]].positions[-(key == "End")]


def a_step_each(page, view, mirror):
    """Move each slider by one position."""
    for name, before in mirror.first.items():
        positions = mirror.dials[name].positions
        step = -1 if before == positions[-1] else 1
        slider(view, name).press("ArrowLeft" if step == -1 else "ArrowRight")
        values = assert_drawn(page, view, mirror)
        assert values[name] == positions[positions.index(before) + step]


def drive(page, move):
    """Drive all boards of a page, and bring each back to where it began."""
    views = live_places(page)
    cells = cells_with_boards(page)
    assert cells
    for number, cell in enumerate(cells):
        view, mirror = views.nth(number), board(cell)
        move(page, view, mirror)
        view.get_by_role("button", name="First", exact=True).click()
        assert_drawn(page, view, mirror)
        view.get_by_role("button", name="Reset", exact=True).click()
        assert assert_drawn(page, view, mirror) == mirror.first


def test_every_board_of_the_notebooks_has_a_place_and_a_mirror_here(site):
    found = [
        cell.split('"')[0]
        for name in NOTEBOOKS
        for cell in (site / f"notebooks/{name}.html").read_text("utf-8").split('id="cell-')
        if "data-board" in cell
    ]
    assert sorted(found) == sorted(MAKE)


def assert_all_corners(page):
    """Move all sliders of an open page to all of their corners; wide and narrow it fits."""
    drive(page, to_corners)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_from_a_server_all_sliders_of_the_first_page_go_to_all_corners(browser, address):
    """Those of the notebooks do so in test_replies.py, which has them open."""
    with opened(browser, address) as page:
        page.goto(f"{address}/index.html")
        assert_all_corners(page)


@pytest.mark.parametrize("name", PAGES)
def test_from_a_disk_without_network_every_board_answers_on_a_narrow_screen(browser, site, name):
    narrow = {"width": 390, "height": 900}
    with opened(browser, site.as_uri(), viewport=narrow, offline=True, color_scheme="dark") as page:
        page.goto((site / f"{name}.html").as_uri())
        drive(page, a_step_each)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert complaints(page) == faint(page.locator(UNDECIDED)) == []
        page.set_viewport_size({"width": 1280, "height": 1000})
        page.emulate_media(color_scheme="light")
        settle(page)
        assert complaints(page) == faint(page.locator(UNDECIDED)) == []


def test_every_slider_position_of_the_first_page_shows_the_exact_run(browser, address):
    with opened(browser, address) as page:
        view = first_explorer(page, address)
        for name, positions in POSITIONS.items():
            if name not in FIRST:
                continue
            slider(view, name).press("Home")
            for value in positions[:: 3 if name == "lr" else 2]:
                slider(view, name).fill(str(positions.index(value)))
                settle(page)
                assert float(box(view, name).input_value()) == value
                assert float(slider(view, name).get_attribute("aria-valuetext")) == value
                assert_same(view, PROBLEM, [rmsprop], FIRST | {name: value}, 200)
            view.get_by_role("button", name="Reset", exact=True).click()


def test_a_typed_position_is_shown_and_another_value_is_refused_in_words(browser, address):
    with opened(browser, address) as page:
        view = first_explorer(page, address)
        for text, value in [("0.33", 0.33), (" 1e0 ", 1.0), (".1", 0.1)]:
            box(view, "lr").fill(text)
            box(view, "lr").press("Enter")
            settle(page)
            assert_same(view, PROBLEM, [rmsprop], FIRST | {"lr": value}, 200)
        still = "The picture still shows lr = 0.1."
        for text, said in [
            ("abc", f'lr must be a finite number above 0, not "abc". {still}'),
            ("0,9", f'lr must be a finite number above 0, not "0,9". {still}'),
            ("-1", f'lr must be a finite number above 0, not "-1". {still}'),
            ("", f'lr must be a finite number above 0, not "". {still}'),
            (
                "0.06",
                "lr = 0.06 lies between two positions of the slider, where only Python can compute "
                f"it. This page has 0.056 and 0.068. {still} Open it in Python",
            ),
            (
                "7",
                "lr = 7 lies beyond the end of the slider, where only Python can compute it. "
                f"This page has 1. {still} Open it in Python",
            ),
        ]:
            box(view, "lr").fill(text)
            box(view, "lr").press("Enter")
            expect(view.locator(".rmsprop-message").first).to_have_text(said)
            expect(box(view, "lr")).to_have_attribute("aria-invalid", "true")
            assert_same(view, PROBLEM, [rmsprop], FIRST, 200)
        slider(view, "lr").press("ArrowRight")
        expect(box(view, "lr")).to_have_value("0.12")
        expect(view.locator(".rmsprop-message").first).to_have_text("The scale of the steps.")


def test_by_touch_on_a_phone_the_player_and_the_sliders_answer(browser, address):
    phone = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
    with opened(browser, address, **phone) as page:
        view = first_explorer(page, address)
        view.get_by_role("button", name="First", exact=True).tap()
        expect(view.locator(".rmsprop-count")).to_have_text("0 / 200")
        place = slider(view, "beta").bounding_box()
        page.touchscreen.tap(place["x"] + 1, place["y"] + place["height"] / 2)
        expect(box(view, "beta")).to_have_value("0")
        settle(page)
        assert_same(view, PROBLEM, [rmsprop], FIRST | {"beta": 0.0}, 0)
        buttons = view.locator("button, select, input[type=range]").all()
        assert min(each.bounding_box()["height"] for each in buttons) >= 34


def test_playing_goes_through_all_iterations(browser, address):
    with opened(browser, address) as page:
        page.goto(f"{address}/notebooks/01_take_one_step.html")
        view = live_places(page).first
        last = view.locator(".rmsprop-scrubber input").get_attribute("max")
        view.get_by_role("button", name="First", exact=True).click()
        view.get_by_label("speed").select_option("60 steps/s")
        view.get_by_role("button", name="Play", exact=True).click()
        expect(view.locator(".rmsprop-count")).to_have_text(f"{last} / {last}")
        expect(view.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_without_javascript_the_stored_picture_and_sentence_stand_there(browser, site, address):
    with opened(browser, address, java_script_enabled=False) as page:
        page.goto(f"{address}/notebooks/05_settle_down.html")
        places = page.locator("[data-board]")
        assert places.count() == 3
        for place in places.all():
            place.scroll_into_view_if_needed()
            sentence = place.locator("figcaption").inner_text()
            assert "lr = 0.1" in sentence or "tolerance" in sentence
            assert place.locator("img").get_attribute("alt") == sentence
            expect(place.locator("img")).to_be_visible()
        assert "both times / only after 150" in page.locator("[data-question]").nth(3).inner_text()


def test_what_is_not_loaded_yet_is_said_and_never_another_run_is_shown(browser, address):
    held = []
    with opened(browser, address) as page:
        page.route("**/data/*_0.js", lambda route: held.append(route))
        view = first_picture(page, address)
        slider(view, "lr").press("Home")
        expect(view.locator(".rmsprop-status")).to_have_text("Loading the trajectories.")
        expect(view.locator(".rmsprop-waiting")).to_have_count(1)
        assert all(len(points) == 0 for points in drawn(view).values())
        while not held:
            settle(page)
        held[0].continue_()
        expect(view.locator(".rmsprop-waiting")).to_have_count(0)
        settle(page)
        assert_same(view, PROBLEM, [rmsprop], FIRST | {"lr": 0.001}, 200)


def test_a_piece_that_cannot_be_loaded_is_told_asked_for_again_and_the_rest_works(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.route("**/data/*_0.js", lambda route: route.abort())
    view = first_picture(page, address)
    slider(view, "lr").press("Home")
    expect(view.locator(".rmsprop-status")).to_contain_text("could not be loaded")
    slider(view, "lr").press("End")
    settle(page)  # until then it says what was there before
    expect(view.locator(".rmsprop-status")).to_contain_text("Iteration")
    assert_same(view, PROBLEM, [rmsprop], FIRST | {"lr": 1.0}, 200)
    page.unroute("**/data/*_0.js")
    slider(view, "lr").press("Home")
    settle(page)
    expect(view.locator(".rmsprop-status")).to_contain_text("Iteration")
    assert_same(view, PROBLEM, [rmsprop], FIRST | {"lr": 0.001}, 200)
    context.close()


@pytest.mark.parametrize("answer", ["abort", "log-in page"])
def test_where_no_data_come_it_is_told_and_the_picture_stays(browser, address, answer):
    def refuse(route):
        route.abort() if answer == "abort" else route.fulfill(body="'<html>Log in</html>'")

    context = browser.new_context()
    page = context.new_page()
    page.route("**/data/*", refuse)
    page.goto(f"{address}/notebooks/00_start_here.html")
    place = page.locator("[data-board]")
    place.scroll_into_view_if_needed()
    expect(place.locator(".rmsprop-failed")).to_contain_text("could not be loaded")
    expect(place.locator("img")).to_be_visible()
    context.close()


def test_a_browser_without_what_is_needed_is_told_so(browser, address):
    with opened(browser, address) as page:
        page.add_init_script("delete globalThis.DecompressionStream")
        page.goto(f"{address}/index.html")
        expect(page.locator(".rmsprop-failed")).to_contain_text("This browser is too old")


def test_reset_brings_back_the_first_setting_the_last_iteration_and_no_refusal(browser, address):
    with opened(browser, address) as page:
        view = first_explorer(page, address)
        status = view.locator(".rmsprop-status")
        opening = status.inner_text()
        assert opening.startswith("Iteration 200. RMSProp: intercept 4.270, slope 3.016")
        view.get_by_role("button", name="First", exact=True).click()
        slider(view, "lr").press("End")
        box(view, "beta").fill("nonsense")
        box(view, "beta").press("Enter")
        expect(view.locator(".rmsprop-message").nth(1)).to_contain_text("nonsense")
        view.get_by_role("button", name="Reset", exact=True).click()
        expect(status).to_have_text(opening)
        expect(box(view, "beta")).to_have_value("0.9")
        expect(view.locator(".rmsprop-message").nth(1)).to_have_text(
            "How long the average remembers."
        )


@pytest.mark.parametrize("width", [1280, 390])
def test_a_link_to_a_section_below_the_pictures_leads_there(browser, address, width):
    """Also where the browser does not hold the page in place while pictures come to life."""
    with opened(browser, address, viewport={"width": width, "height": 800}) as page:
        page.add_init_script(NO_ANCHORING)
        page.goto(f"{address}/notebooks/05_settle_down.html#The-floor-of-the-loss")
        expect(page.locator("[data-board][data-live]").first).to_be_attached()
        settle(page)
        top = page.locator("#The-floor-of-the-loss").bounding_box()["y"]
        assert -20 <= top <= 200


NO_ANCHORING = """document.addEventListener("DOMContentLoaded", () => {
    document.documentElement.style.overflowAnchor = "none"; })"""
FETCHED = """() => performance.getEntriesByType("resource").concat(
    performance.getEntriesByType("navigation")).map(
        (each) => [each.transferSize, /index.html$|[.]css$/.test(each.name)])"""
ANSWERING = """new MutationObserver((_, observer) => {
    const status = document.querySelector(".rmsprop-status")?.textContent;
    if (!status?.startsWith("Iteration")) return;
    observer.disconnect();
    requestAnimationFrame(() => { globalThis.answering = performance.now(); });
}).observe(document, { childList: true, subtree: true })"""


def test_on_a_slow_line_text_and_answering_picture_come_soon(browser, address):
    """In bytes as well, which depend on no clock: 0.1 s and 1 s of this line."""
    with opened(browser, address) as page:
        page.add_init_script(ANSWERING)
        line = page.context.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", {"offline": False, **TEN_MEGABITS})
        page.goto(f"{address}/index.html", wait_until="commit")
        expect(page.locator(".rmsprop-status")).to_contain_text("Iteration")
        settle(page)
        text, answering = page.evaluate(
            "[performance.getEntriesByName('first-contentful-paint')[0].startTime, answering]"
        )
        assert text < 1000 and answering < 2000, (text, answering)
        fetched = page.evaluate(FETCHED)
    text = sum(size for size, is_of_text in fetched if is_of_text)
    assert 20_000 < text < 125_000 and text < sum(size for size, _ in fetched) < 1_250_000


@pytest.mark.parametrize(
    "width, wanted",
    [(390, ["none", '"explorer: "', '"interact: "']), (1280, ["none", "none", "none"])],
)
def test_a_cell_names_its_column_where_the_columns_are_not_beside_each_other(
    browser, site, width, wanted
):
    with opened(browser, site.as_uri(), viewport={"width": width, "height": 900}) as page:
        page.goto((site / "index.html").as_uri())
        row = page.locator("tr", has_text="key press to painted picture").first
        named = "(cells) => cells.map((cell) => getComputedStyle(cell, '::before').content)"
        assert row.locator("td").evaluate_all(named)[:3] == wanted


def test_faint_letters_of_code_and_formulas_would_be_found(browser, site):
    with opened(browser, site.as_uri()) as page:
        page.goto((site / "notebooks/05_settle_down.html").as_uri())
        live_places(page)
        assert len(letters(page.locator(UNDECIDED))) > 500
        page.add_style_tag(content="pre .mi, pre .s2, math mi { color: #777777 !important }")
        assert {"β", '"off by"'} <= set(faint(page.locator(UNDECIDED)))


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_pages_have_no_complaint_either(browser, site, name):
    with opened(browser, site.as_uri(), viewport={"width": 390, "height": 900}) as page:
        page.goto((site / f"{name}.html").as_uri())
        live_places(page)
        assert complaints(page) == faint(page.locator(UNDECIDED)) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
