"""Predictions in a real browser: by keyboard, with the answer only after the guess."""

from lab import run_code
from playwright.sync_api import expect

CHOICE = "from rmsprop_lesson.lesson import predict\nquestion = predict('distance')\nquestion"
NUMBER = """from rmsprop_lesson.predictions import NumberQuestion, Prediction
question = Prediction(NumberQuestion(
    "How much is three times three?", lambda: (9, "nine."), ((lambda: 6, "That is their sum."),)
))
question"""


def test_a_guess_by_keyboard_is_answered_and_no_key_reaches_the_notebook(notebook):
    page = notebook(CHOICE, "1 + 1", wait=False)
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


def test_a_number_is_typed_answered_and_typed_again_and_no_key_reaches_the_notebook(notebook):
    page = notebook(NUMBER, "1 + 1", wait=False)
    box = page.get_by_label("Your guess")
    box.wait_for()
    status = page.get_by_role("status")
    assert "nine" not in page.locator(".jp-Notebook .jp-OutputArea").first.inner_text()
    box.press("Enter")
    expect(status).to_have_text("Type a number first, such as 0.3 or 1e-3.")
    box.focus()
    for key in ["d", "d", "a", "x", "Escape", "d", "d", "Enter"]:
        page.keyboard.press(key)
    expect(status).to_contain_text('must be a finite number, such as 0.3 or 1e-3, not "ddaxdd"')
    box.fill("9,1")
    page.get_by_role("button", name="This is my guess").click()
    expect(status).to_contain_text("Write a point for the comma: 9.1")
    expect(box).to_have_value("9,1")
    box.fill(" 6 ")
    page.keyboard.press("Enter")
    expect(status).to_have_text("You guessed: 6. That is their sum.\nMeasured: nine.")
    box.fill("")
    page.keyboard.press("Enter")
    expect(status).to_have_text("Type a number first, such as 0.3 or 1e-3.")
    box.fill("6")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("That is their sum.")
    box.fill("9")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(status).to_have_text("You guessed: 9.\nMeasured: nine.")
    assert run_code(page, "print(question.guess)") == "9"
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == 3


def test_a_guess_without_python_is_told_so(own_notebook):
    page = own_notebook(CHOICE, wait=False)
    button = page.get_by_role("button", name="This is my guess")
    button.wait_for()
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.get_by_label("about 0.001").check()
    button.click()
    expect(page.get_by_role("status")).to_contain_text("Python is not running any more.")
