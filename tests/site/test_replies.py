"""Questions and number checks of the pages: they reply what Python replies."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect
from test_in_browser import NOTEBOOKS, assert_all_corners, opened

from rmsprop_lesson.lesson import QUESTIONS, TASKS
from rmsprop_lesson.predictions import Prediction
from rmsprop_lesson.tasks import verdict_on_number
from rmsprop_lesson.website.live_parts import called
from rmsprop_lesson.words import text_of

CLONE = Path(__file__).parents[2]
TYPED = ["0", "-1", "0.001", "1000", "1e-3", "abc", "0,5", "1e999", "<b>1</b>"]
REPLIES = """async (place, guesses) => {
    const replies = [];
    const [button, reply] = [place.querySelector("button"), place.querySelector("[role=status]")];
    for (const guess of guesses) {
        const box = place.querySelector("input[type=text]");
        if (box) box.value = guess;
        const choices = place.querySelectorAll("[type=radio]");
        for (const choice of choices) choice.checked = choice.value === guess;
        button.click();
        for (let i = 0; i < 5; i++) await null;
        replies.push(reply.textContent);
    }
    return replies;
}"""


def asked(name):
    """Yield (function, name) of the questions and tasks of a notebook, in its order."""
    for cell in nbformat.read(CLONE / f"notebooks/{name}.ipynb", as_version=4).cells:
        function, argument = called(cell.source) if cell.cell_type == "code" else (None, None)
        if function == "predict" or (
            function == "check_number" and "solution" not in cell.metadata.get("tags", [])
        ):
            yield function, argument


def around(numbers):
    """Return texts of numbers on both sides of the given ones, and between them."""
    factors = (-1, 0.3, 0.9, 0.97, 1, 1.03, 1.1, 3)
    rounded = [float(f"{factor * float(number):.3g}") for number in numbers for factor in factors]
    return [text_of(value) for value in rounded]


def guesses_at(function, name):
    """Return texts to type, or the choices."""
    if function == "predict" and QUESTIONS[name].choices:
        return list(QUESTIONS[name].choices)
    if function == "predict":
        asked = QUESTIONS[name]
        return TYPED + around([asked.measure()[0], *(wrong() for wrong, _ in asked.meanings)])
    task = TASKS[name]
    return TYPED[:4] + around([task.right(), *(wrong() for wrong, _ in task.mistakes)])


def replies_of_python(function, name, guesses):
    if function == "check_number":
        task = TASKS[name]
        mistakes = tuple((cache(wrong), meant) for wrong, meant in task.mistakes)
        task = replace(task, right=cache(task.right), mistakes=mistakes)
        verdicts = [verdict_on_number(task, float(guess)) for guess in guesses]
        return [f"{verdict.word} {verdict.message}" for verdict in verdicts]
    measured = QUESTIONS[name].measure()
    prediction = Prediction(replace(QUESTIONS[name], measure=lambda: measured))
    replies = []
    for guess in guesses:
        prediction.guess = guess
        replies.append(prediction.reply)
    return replies


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_guess_gets_the_reply_of_python_and_all_sliders_go_to_all_corners(
    browser, address, name
):
    wanted = list(asked(name))
    with opened(browser, address) as page:
        page.goto(f"{address}/notebooks/{name}.html")
        places = page.locator("[data-question]")
        assert places.count() == len(wanted)
        for number, (function, key) in enumerate(wanted):
            place = places.nth(number)
            place.scroll_into_view_if_needed()
            expect(place).to_have_attribute("data-live", "")
            guesses = guesses_at(function, key)
            replies = place.evaluate(REPLIES, guesses)
            for guess, reply, ours in zip(
                guesses, replies, replies_of_python(function, key, guesses), strict=True
            ):
                assert reply == ours, (key, guess)
        assert_all_corners(page)


def test_a_guess_is_given_by_keyboard_and_what_is_no_number_is_refused(browser, address):
    with opened(browser, address) as page:
        page.goto(f"{address}/notebooks/00_start_here.html")
        place = page.locator("[data-question]").first
        place.scroll_into_view_if_needed()
        box = place.get_by_label("Your answer")
        box.press("Enter")
        reply = place.get_by_role("status")
        expect(reply).to_have_text("Type a number first, such as 0.3 or 1e-3.")
        for text, said in [
            ("x", 'Your answer must be a finite number, such as 0.3 or 1e-3, not "x"'),
            (
                "2,968",
                'Your answer must be a finite number, such as 0.3 or 1e-3, not "2,968". '
                "Write a point for the comma: 2.968",
            ),
        ]:
            box.fill(text)
            box.press("Enter")
            expect(reply).to_have_text(said)
        box.fill("2.968")
        place.get_by_role("button", name="Check it").click()
        expect(reply).to_contain_text("Right. 2.968.")
