"""The explorer as one file: from a disk, in a frame, with the setting in its address."""

import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from accessible import complaints
from drawn import assert_same
from playwright.sync_api import expect
from test_in_browser import FIRST, PROBLEM, box, opened, settle, slider

from rmsprop_lesson import scenes
from rmsprop_lesson.dials import POSITIONS
from rmsprop_lesson.optimizers import rmsprop
from rmsprop_lesson.trajectory import run

VALUES = {"lr": 0.22, "beta": 0.5, "epsilon": 0.03}


def view_of(page):
    expect(page.locator("[data-board]")).to_have_attribute("data-live", "")
    expect(page.locator(".rmsprop-status")).to_contain_text("Iteration")
    settle(page)
    return page.locator(".rmsprop-explorer")


@pytest.fixture
def file(site, tmp_path):
    """The file alone, in a folder with a blank and an umlaut in its name."""
    folder = tmp_path / "Übung 1"
    folder.mkdir()
    copy = folder / "explorer.html"
    copy.write_bytes((site / "explorer.html").read_bytes())
    return copy


@pytest.mark.parametrize("width", [1280, 390])
def test_it_works_alone_without_network(browser, file, width):
    with opened(
        browser, file.as_uri(), offline=True, viewport={"width": width, "height": 900}
    ) as page:
        page.goto(file.as_uri())
        view = view_of(page)
        assert_same(view, PROBLEM, [rmsprop], FIRST, 200)
        for name in FIRST:
            slider(view, name).press("End")
        settle(page)
        assert_same(view, PROBLEM, [rmsprop], {"lr": 1.0, "beta": 0.999, "epsilon": 1.0}, 200)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.requested == [file.as_uri()]


def test_the_setting_stands_in_the_address_and_comes_back_from_it(browser, file):
    with opened(browser, file.as_uri()) as page:
        page.goto(f"{file.as_uri()}#lr=0.22&beta=0.5&epsilon=0.03&step=120")
        view = view_of(page)
        assert_same(view, PROBLEM, [rmsprop], VALUES, 120)
        slider(view, "beta").press("ArrowRight")
        view.get_by_role("button", name="Back", exact=True).click()
        expect(page).to_have_url(f"{file.as_uri()}#lr=0.22&beta=0.6&epsilon=0.03&step=119")
        address = page.url
        page.goto("about:blank")
        page.goto(address)
        assert_same(view_of(page), PROBLEM, [rmsprop], VALUES | {"beta": 0.6}, 119)
        page.evaluate("location.hash = '#lr=1&step=7'")
        settle(page)
        settle(page)
        assert_same(view_of(page), PROBLEM, [rmsprop], FIRST | {"lr": 1.0}, 7)


HIGH = """() => [...document.querySelectorAll(
    "h1, .rmsprop-row :is(label, [type=text]), .rmsprop-controls button, .rmsprop-status")].map(
    (each) => parseFloat(getComputedStyle(each).fontSize))"""


@pytest.mark.parametrize("panels", ["plane,loss", "loss,rates", "rates", "plane,loss,fit,rates"])
def test_on_a_projector_all_is_on_one_screen_in_letters_for_the_last_row(browser, file, panels):
    screen = {"width": 1280, "height": 720}
    with opened(browser, file.as_uri(), viewport=screen) as page:
        page.goto(f"{file.as_uri()}#panels={panels}")
        view = view_of(page)
        pictures = view.locator(".rmsprop-panel").all()
        assert [each.get_attribute("data-panel") for each in pictures] == panels.split(",")
        places = [each.bounding_box() for each in [view, *pictures]]
        assert all(each["x"] + each["width"] <= screen["width"] for each in places)
        assert all(each["y"] + each["height"] <= screen["height"] for each in places)
        assert min(page.evaluate(HIGH)) >= 17
        letters = 9 * places[1]["width"] / (72 * scenes.WIDTH)  # the names of the axes
        assert letters >= (16.5 if len(pictures) < 3 else 11.5)
        slider(view, "lr").press("ArrowRight")
        named = "" if len(pictures) == 4 else f"&panels={panels}"
        address = f"{file.as_uri()}#lr=0.12&beta=0.9&epsilon=1e-08&step=200{named}"
        expect(page).to_have_url(address)


PICTURES = """() => {
    const count = document.querySelector(".rmsprop-count");
    globalThis.seen = new Set();
    new MutationObserver(() => seen.add(count.textContent)).observe(count, { childList: true });
}"""


def test_who_asks_for_less_motion_sees_few_pictures_a_second(browser, file):
    with opened(browser, file.as_uri(), reduced_motion="reduce") as page:
        page.goto(f"{file.as_uri()}#step=140")
        view = view_of(page)
        expect(view.get_by_label("speed")).to_have_value("2")
        view.get_by_label("speed").select_option("60")
        page.evaluate(PICTURES)
        view.get_by_role("button", name="Play").click()  # 60 steps, a second
        expect(view.locator(".rmsprop-count")).to_have_text("200 / 200")
        assert page.evaluate("seen.size") <= 4


def test_the_table_of_a_page_holds_the_path_and_escape_closes_it(browser, file):
    with opened(browser, file.as_uri()) as page:
        page.goto(f"{file.as_uri()}#step=127")
        view = view_of(page)
        view.get_by_role("button", name="Show table").press("Enter")
        row = view.locator(".rmsprop-table [aria-current=true]")
        path = run(PROBLEM, n_steps=127)
        assert row.locator("td").all_inner_texts()[:3] == [
            *(f"{each:.3f}" for each in path.theta[-1]),
            f"{path.loss[-1]:.3f}",
        ]
        assert complaints(page) == []
        page.keyboard.press("Escape")
        expect(view.get_by_role("button", name="Show table")).to_be_focused()
        assert view.locator("td").count() == 0


@pytest.mark.parametrize(
    "wrong, told",
    [
        ("lr=abc", 'lr must be a finite number above 0, not "abc".'),
        ("beta=1", 'beta must be a number from 0 up to, but not including, 1, not "1".'),
        ("step=201", 'step must be a whole number from 0 to 200, not "201".'),
        ("step=-1", 'step must be a whole number from 0 to 200, not "-1".'),
        ("gamma=1", 'There is no "gamma"; there are lr, beta, epsilon, step, panels.'),
        ("panels=plane,x", 'panels must be some of plane,loss,fit,rates, not "plane,x".'),
        ("lr=0.06", "lr = 0.06 lies between two positions of the slider"),
        ("lr=%3Cscript%3E1", 'lr must be a finite number above 0, not "<script>1".'),
    ],
)
def test_what_an_address_names_wrongly_is_told_and_the_rest_is_shown(browser, file, wrong, told):
    with opened(browser, file.as_uri()) as page:
        page.goto(
            f"{file.as_uri()}#{wrong}&beta=0.5"
            if "beta" not in wrong
            else f"{file.as_uri()}#{wrong}"
        )
        view = view_of(page)
        expect(page.get_by_role("alert")).to_contain_text(told)
        beta = 0.9 if "beta" in wrong else 0.5
        assert_same(view, PROBLEM, [rmsprop], FIRST | {"beta": beta}, 200)
        assert float(box(view, "beta").input_value()) == beta


def test_it_lives_in_a_frame_of_a_course_page(browser, site, address):
    with opened(browser, address) as page:
        page.route(
            f"{address}/course.html",
            lambda route: route.fulfill(
                content_type="text/html",
                body='<iframe src="explorer.html#lr=0.47" sandbox="allow-scripts"></iframe>',
            ),
        )
        page.route(
            f"{address}/explorer.html",
            lambda route: route.fulfill(path=site / "explorer.html", content_type="text/html"),
        )
        page.goto(f"{address}/course.html")
        view = page.frame_locator("iframe").locator(".rmsprop-explorer")
        slider(view, "lr").press("ArrowRight")
        expect(box(view, "lr")).to_have_value("0.56")
        expect(view.locator(".rmsprop-status")).to_contain_text("Iteration 200")


def test_the_addresses_that_the_texts_name_show_what_they_promise():
    clone = Path(__file__).parents[2]
    texts = [(clone / name).read_text(encoding="utf-8") for name in ("README.md", "TEACHING.md")]
    named = [link for text in texts for link in re.findall(r"explorer\.html#([\w=&.,-]+)", text)]
    shown = {f"panels={'/'.join(pair)}" for pair in (("plane", "loss"), ("loss", "rates"))}
    assert {each.replace(",", "/") for each in named if "panels" in each} == shown
    named = [each for each in named if "panels" not in each]
    assert sorted(named) == ["epsilon=0.03", "lr=0.1&epsilon=0.03", "lr=0.1&step=127"]
    for name, text in (pair for link in named for pair in parse_qsl(link)):
        assert name == "step" or float(text) in POSITIONS[name]
    assert run(PROBLEM, n_steps=200, lr=0.1).loss.argmin() == 127
    threshold = (0.1 * PROBLEM.curvatures()[-1] / 2) ** 2
    assert max(each for each in POSITIONS["epsilon"] if each < threshold) == 0.03
