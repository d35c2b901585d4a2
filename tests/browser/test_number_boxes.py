"""The browser and Python read what is typed into a box in the same way."""

from pathlib import Path
from random import Random

from rmsprop_lesson import board
from rmsprop_lesson.dials import PARAMETERS, dial
from rmsprop_lesson.scenes import parameter_of
from rmsprop_lesson.words import read_number

BOARD = Path(board.__file__).with_name("board.js").read_text("utf-8")
NAMES = ["lr", "beta", "epsilon", "condition", "angle"]
LETTERS = "0123456789" * 2 + "..eE+-, _xinfINF½٠²/<&\u00a0\t\n"
TEXTS = [
    "",
    " ",
    "abc",
    "1e-3",
    "0,9",
    "1",
    "0",
    "-0",
    "1e999",
    "1e-999",
    "5e-324",
    "2e-324",
    "360",
]
TEXTS += ["0.99999999999999999999", "1e12", "999999999999.9999", "x" * 5000, "1" * 41, "9" * 400]
READ = """([parameters, texts]) => parameters.map((each) => texts.map((text) =>
    [refusal(each, text), Number(text)]))"""


def said(parameter, text):
    """Return what Python says of a text, and its number; "" and 0 for what does not apply."""
    try:
        return "", read_number(parameter, text)
    except ValueError as error:
        return f"{error}.", 0


def test_the_browser_takes_and_refuses_the_same_texts_in_the_same_words(page):
    random = Random(5)
    texts = TEXTS + ["".join(random.choices(LETTERS, k=random.randint(1, 7))) for _ in range(3000)]
    page.add_script_tag(content=BOARD)
    parameters = [parameter_of(dial(name)) for name in NAMES]
    taken = 0
    for name, answers in zip(NAMES, page.evaluate(READ, [parameters, texts]), strict=True):
        for text, (refusal, number) in zip(texts, answers, strict=True):
            told, value = said(PARAMETERS[name], text)
            assert refusal == told, (name, text)
            if not told:
                assert number == value, (name, text)
                taken += 1
    assert 500 < taken < len(texts) * len(NAMES) / 2
