"""The lesson by keyboard alone, for a screen reader, in both themes, and with less motion."""

import re

import pytest
from accessible import ALL_KINDS, EXPLORER, OUTPUTS, colour_of, complaints, contrast, over
from lab import change_theme
from playwright.sync_api import expect
from test_lab import PROBLEM, box, button, handle, type_in

from rmsprop_lesson.figures import stability
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.trajectory import run

FAILING = """def my_rmsprop(theta, gradient, state, *, lr=0.1, beta=0.9, epsilon=1e-8):
    if beta < 0.5:
        raise NameError("name 'v' is not defined")
    return theta - lr * gradient / float(lr), state
Explorer(problem, my_rmsprop, n_steps=20)"""
PRESENT = "window.jupyterapp.commands.execute('application:toggle-presentation-mode')"
ORDER = """learning rate, lr|lr =|memory, beta|beta =|lower limit, epsilon|epsilon =
First|Back|Play|Forward|Last|speed|Reset|Copy as code|Show table|iteration
less than 0.000001|This is my guess"""
FOCUSED = """() => {
    const at = document.activeElement, style = getComputedStyle(at);
    let around = (at.closest(".noUi-target") ?? at).parentElement;  // what the ring lies on
    const ground = () => getComputedStyle(around).backgroundColor;
    while (around.parentElement && /, 0\\)/.test(ground())) around = around.parentElement;
    return { ours: Boolean(at.closest(".jp-OutputArea")), outline: style.outlineStyle,
        name: at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent,
        width: parseFloat(style.outlineWidth), ring: style.outlineColor, ground: ground() };
}"""


def assert_visible(focused):
    ground = over(colour_of(focused["ground"]), (1, 1, 1))
    ring = over(colour_of(focused["ring"]), ground)
    assert focused["outline"] == "solid" and focused["width"] >= 2, focused
    assert contrast(ring, ground) >= 3, focused


def gliding(page):
    """Count the parts of a slider that glide when its track is tapped, as Jupyter's do."""
    return page.evaluate(
        """() => {
            document.querySelector(".rmsprop-row .noUi-target").classList.add("noUi-state-tap");
            return [...document.querySelectorAll(".rmsprop-explorer *")].filter((each) =>
                parseFloat(getComputedStyle(each).transitionDuration) > 0).length; }"""
    )


def table_of(page):
    """Return the rows of the open table as lists of text, headings first."""
    return page.evaluate(
        """() => [...document.querySelector(".rmsprop-table table").rows].map(
            (row) => [...row.cells].map((cell) => cell.textContent))"""
    )


def focused_by_tab(page):
    """Press Tab until the focus is in an output; return what is told of it."""
    while True:
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["ours"]:
            assert_visible(focused)
            return focused["name"]


def test_tab_reaches_every_control_in_order_with_a_visible_focus_and_axe_has_no_complaint(notebook):
    page = notebook(*ALL_KINDS)
    page.locator(".rmsprop-status", has_text="Stage").wait_for()
    page.get_by_text("Not yet").first.wait_for()
    order = ORDER.replace("\n", "|").split("|")
    box(page, "lr").focus()
    page.keyboard.press("Shift+Tab")  # back to the handle: no control keeps the focus
    page.keyboard.press("Shift+Tab")
    assert [focused_by_tab(page) for _ in order] == order
    for _ in range(2):
        button(page, "Show table").click()  # then it is called Hide table
    assert complaints(page, OUTPUTS) == []
    change_theme(page, "Dark")
    assert complaints(page, OUTPUTS) == []
    handle(page, "lr").focus()
    after = [focused_by_tab(page) for _ in order]
    at = after.index("Table of the path")
    assert after[at - 2 : at] == ["Hide table", "iteration"]
    assert gliding(page) > 0
    page.emulate_media(reduced_motion="reduce")
    assert gliding(page) == 0
    page.emulate_media(reduced_motion="no-preference")
    change_theme(page, "Light")


def test_the_table_holds_the_path_and_follows_the_controls(own_notebook):
    page = own_notebook(EXPLORER, FAILING)
    opens = button(page, "Show table")
    assert page.locator("td").count() == 0
    opens.press("Enter")
    expect(button(page, "Hide table")).to_have_attribute("aria-expanded", "true")
    region = page.get_by_role("group", name="Table of the path")
    assert region.get_attribute("id") == button(page, "Hide table").get_attribute("aria-controls")
    marked = region.locator("[aria-current=true]")
    expect(marked.get_by_role("rowheader")).to_have_text("40")
    assert 0 < marked.bounding_box()["y"] - region.bounding_box()["y"] < 320
    handle(page, "lr").press("ArrowRight")
    expect(region.locator("caption")).to_contain_text("lr = 0.12, beta = 0.9, epsilon = 1e-08.")
    first, heads, *rows = table_of(page)
    assert first == ["iteration", "RMSProp", "gradient descent"] and len(rows) == 41
    ours, other = run(PROBLEM, rmsprop, 40, lr=0.12), run(PROBLEM, gradient_descent, 40, lr=0.12)
    rates = [[*each, stability(PROBLEM, each)] for each in ours.effective_lr]
    for t, row in enumerate(rows):
        numbers = dict(zip(heads, map(float, filter(None, row[1:8])), strict=False))
        assert row[0] == str(t)
        assert [numbers[name] for name in PROBLEM.names] == pytest.approx(ours.theta[t], abs=6e-4)
        assert numbers["loss"] == pytest.approx(ours.loss[t], rel=6e-3)
        assert numbers["loss − minimum"] == pytest.approx(ours.excess[t], rel=0.06)
        told = [numbers[head] for head in heads[4:7] if head in numbers]
        assert told == pytest.approx([] if t == 40 else rates[t], rel=0.06)
        assert float(row[8]) == pytest.approx(other.theta[t, 0], abs=6e-4)
    button(page, "First").click()
    expect(marked.get_by_role("rowheader")).to_have_text("0")
    assert 0 < marked.bounding_box()["y"] - region.bounding_box()["y"] < 320
    type_in(page, "lr", "1e6")
    expect(region.locator("tbody td").nth(14)).to_have_text(re.compile("(above |below -)32.766"))
    region.focus()
    for key in ["d", "d", "x", "a"]:
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    expect(opens).to_be_focused()
    expect(opens).to_have_attribute("aria-expanded", "false")
    assert page.locator("td").count() == 0 and page.locator(".jp-CodeCell").count() == 3
    button(page, "Copy as code").press("Enter")
    page.locator(".rmsprop-code").first.focus()
    page.keyboard.press("Escape")
    expect(page.locator(".rmsprop-copy button").first).to_be_focused()
    assert page.locator(".rmsprop-code").first.is_hidden()
    button(page, "Show table", 1).click()
    region = page.locator(".rmsprop-table").nth(1)
    type_in(page, "beta", "0.2", 1)
    expect(region).to_contain_text("my rmsprop: my_rmsprop stopped in its line 3")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    type_in(page, "beta", "0.7", 1)
    expect(region).to_contain_text("beta = 0.7, epsilon = 1e-08 cannot be computed")
    assert region.locator("td").count() == 0
    page.problems = [each for each in page.problems if "not send" not in each]


def test_in_presentation_mode_two_pictures_and_all_controls_are_on_one_screen(notebook):
    page = notebook('Explorer(problem, panels=("plane", "loss"))')
    page.set_viewport_size({"width": 1280, "height": 720})
    page.evaluate(PRESENT)
    view = page.locator(".rmsprop-explorer")
    page.wait_for_function("document.querySelector('.jp-mod-presentationMode .rmsprop-explorer')")
    view.evaluate("(view) => view.scrollIntoView({ block: 'start' })")
    bars = page.locator(".jp-NotebookPanel-notebook").bounding_box()
    place = view.bounding_box()
    assert place["y"] + place["height"] <= bars["y"] + bars["height"]
    written = page.locator(".rmsprop-row label, .rmsprop-status, .rmsprop-controls button")
    sizes = written.evaluate_all("(all) => all.map((each) => getComputedStyle(each).fontSize)")
    assert set(sizes) == {"18px"}
    page.evaluate(PRESENT)
