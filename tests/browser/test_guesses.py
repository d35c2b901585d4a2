"""Predictions in a real browser: by keyboard, with the answer only after the guess."""

from lab import run_code
from playwright.sync_api import expect

CELL = "from rmsprop_lesson.lesson import predict\nquestion = predict('distance')\nquestion"


def test_a_guess_by_keyboard_is_answered_and_no_key_reaches_the_notebook(notebook):
    page = notebook(CELL, "1 + 1", wait=False)
    button = page.get_by_role("button", name="This is my guess")
    button.wait_for()
    assert "Measured" not in page.locator(".jp-Notebook").inner_text()
    button.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Choose one of the answers first.")
    first = page.get_by_label("less than 0.000001")
    first.focus()
    for key in ["d", "d", "a", "x", "ArrowDown", "d", "d"]:
        page.keyboard.press(key)
    expect(page.get_by_label("about 0.001")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("You guessed: about 0.001. Then it would")
    expect(page.get_by_role("status")).to_contain_text("Measured: 0.0500.")
    assert run_code(page, "print(question.guess)") == "about 0.001"
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == 3
