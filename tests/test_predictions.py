"""Predictions: the answer comes after the guess, and never before."""

import json
import math
import re
import warnings

import numpy as np
import pytest

from rmsprop_lesson.lesson import QUESTIONS, predict
from rmsprop_lesson.predictions import NumberQuestion, Prediction, Question

CHOICES = [name for name, asked in QUESTIONS.items() if isinstance(asked, Question)]
NUMBERS = [name for name, asked in QUESTIONS.items() if isinstance(asked, NumberQuestion)]
DIAGONAL = NumberQuestion(
    text="How long is the diagonal of a square with sides of 1?",
    measure=lambda: (np.hypot(1, 1), f"{np.hypot(1, 1):.3f}."),
    meanings=(
        (lambda: 2, "That is the way along two sides."),
        (lambda: 1, "That is one side."),
        (lambda: 0, "Then the corners would meet."),
    ),
    explains="Its square is the sum of two squares.",
)


def everything_told(prediction):
    sent = json.dumps(prediction.get_state(), default=str)
    return sent + json.dumps(prediction._repr_mimebundle_())


def meanings(asked):
    if isinstance(asked, Question):
        return list(asked.choices.values())
    return [asked.explains, *(meaning for _, meaning in asked.meanings)]


@pytest.mark.parametrize("name", QUESTIONS)
def test_nothing_gives_the_answer_away_before_the_guess(name):
    prediction = predict(name)
    told = everything_told(prediction)
    for meaning in meanings(QUESTIONS[name]):
        assert meaning not in told
    assert prediction.guess == prediction.reply == ""


@pytest.mark.parametrize("name", QUESTIONS)
def test_nothing_is_measured_before_the_guess(name):
    def measure():
        raise AssertionError("measured too early")

    asked = QUESTIONS[name]
    fields = {key: getattr(asked, key) for key in asked.__dataclass_fields__}
    everything_told(Prediction(type(asked)(**fields | {"measure": measure})))


@pytest.mark.parametrize("name", CHOICES)
def test_the_measured_answer_is_one_of_the_choices(name):
    right, measured = QUESTIONS[name].measure()
    assert right in QUESTIONS[name].choices
    assert measured.endswith(".")


@pytest.mark.parametrize("name", CHOICES)
def test_a_wrong_choice_is_told_what_it_would_have_meant_and_then_the_answer(name):
    asked = QUESTIONS[name]
    right, measured = asked.measure()
    for guess, meaning in asked.choices.items():
        reply = predict(name).answer(guess)
        assert reply.startswith(f"You guessed: {guess}.")
        assert reply.count(meaning) == 1
        assert f"Measured: {measured}" in reply
        assert asked.choices[right] in reply


@pytest.mark.parametrize("name", NUMBERS)
def test_the_measured_number_is_finite_and_its_words_end_like_sentences(name):
    asked = QUESTIONS[name]
    right, measured = asked.measure()
    assert math.isfinite(right)
    assert all(said.endswith(".") for said in (measured, *meanings(asked)))


@pytest.mark.parametrize("name", NUMBERS)
def test_each_typical_wrong_number_is_told_by_what_it_would_have_meant(name):
    asked = QUESTIONS[name]
    _, measured = asked.measure()
    for wrong, meaning in asked.meanings:
        reply = predict(name).answer(float(wrong()))
        assert reply.splitlines()[0].endswith(f". {meaning}")
        assert reply.splitlines()[1] == f"Measured: {measured} {asked.explains}".rstrip()


@pytest.mark.parametrize("name", NUMBERS)
def test_the_right_number_is_told_no_mistake(name):
    asked = QUESTIONS[name]
    right, measured = asked.measure()
    for guess in (float(right), right * (1 + 0.9 * asked.tolerance)):
        assert predict(name).answer(guess) == (
            f"You guessed: {guess}.\nMeasured: {measured} {asked.explains}"
        )


@pytest.mark.parametrize(
    "guess, told",
    [
        (1.4, ""),
        ("1.414", ""),
        (" 1.48 ", ""),
        ("+141e-2", ""),
        (np.float64(1.45), ""),
        (2, " That is the way along two sides."),
        ("1.95", " That is the way along two sides."),
        (1.04, " That is one side."),
        ("0", " Then the corners would meet."),
        (0.1, " That is too small."),
        (1.2, " That is too small."),
        (1.6, " That is too large."),
        (1.7e308, " That is too large."),
        (-1.4, " The sign is wrong."),
        (-1.7e308, " The sign is wrong."),
    ],
)
def test_a_number_is_right_known_as_a_mistake_or_too_large_or_too_small(guess, told):
    with warnings.catch_warnings(action="error"):
        reply = Prediction(DIAGONAL).answer(guess)
    assert reply == (
        f"You guessed: {str(guess).strip()}.{told}\n"
        "Measured: 1.414. Its square is the sum of two squares."
    )


@pytest.mark.parametrize("guess, size", [(-0.679, "small"), (-1.1, "large"), (0, "small")])
def test_of_a_negative_number_the_size_is_too_large_or_too_small(guess, size):
    down = NumberQuestion(text="How far?", measure=lambda: (-0.8, "-0.8."))
    assert f". The size is too {size}.\n" in Prediction(down).answer(guess)


@pytest.mark.parametrize(
    "guess, said",
    [
        ("0,3", 'not "0,3". Write a point for the comma: 0.3'),
        (" 1,5e-3", 'not " 1,5e-3". Write a point for the comma: 1.5e-3'),
        ("1,000,000", 'not "1,000,000"'),
        ("two", 'not "two"'),
        ("1/3", 'not "1/3"'),
        ("1_0", 'not "1_0"'),
        (" ", 'not " "'),
        (",", 'not ","'),
        ("9" * 50 + "x", f'not "{"9" * 37}..."'),
        (float("nan"), 'not "nan"'),
        (float("inf"), 'not "inf"'),
        ("1e999", 'not "1e999"'),
        (None, 'not "None"'),
        (True, 'not "True"'),
        ([0.3], 'not "[0.3]"'),
    ],
)
def test_what_is_no_finite_number_is_refused_with_what_is_allowed(guess, said):
    must = f"guess must be a finite number, such as 0.3 or 1e-3, {said}"
    prediction = Prediction(DIAGONAL)
    with pytest.raises(ValueError, match=f"^{re.escape(must)}$"):
        prediction.answer(guess)
    assert prediction.guess == prediction.reply == ""
    if isinstance(guess, str):
        prediction.set_state({"guess": guess})
        assert prediction.reply == f"Your {must}"


def test_a_guess_in_the_browser_is_answered_like_one_in_python():
    prediction = predict("distance")
    prediction.set_state({"guess": "about 0.001"})
    assert prediction.reply == predict("distance").answer("about 0.001")
    assert "Measured: 0.0500." in prediction.reply
    typed = Prediction(DIAGONAL)
    typed.set_state({"guess": "1.4"})
    assert typed.reply == Prediction(DIAGONAL).answer(1.4)
    typed.set_state({"guess": ""})
    assert typed.reply == ""


def test_what_stands_in_a_stored_notebook_is_the_question_alone():
    data, _ = predict("distance")._repr_mimebundle_()
    assert data["text/plain"] == (
        "After 1000 iterations, how far is the program's intercept from the best one?\n"
        "less than 0.000001 / about 0.001 / about 0.05"
    )
    data, _ = Prediction(DIAGONAL)._repr_mimebundle_()
    assert data["text/plain"] == "How long is the diagonal of a square with sides of 1?"


@pytest.mark.parametrize("guess", ["0.05", None, 3, "<b>"])
def test_a_guess_that_is_no_choice_is_refused_with_the_choices(guess):
    prediction = predict("distance")
    with pytest.raises(
        ValueError, match=r'guess must be one of "less than 0\.000001", "about 0\.001"'
    ):
        prediction.answer(guess)
    assert prediction.guess == prediction.reply == ""


def test_spaces_around_a_choice_do_not_matter():
    assert predict("distance").answer(" about 0.05\n") == predict("distance").answer("about 0.05")


def test_of_a_long_wrong_choice_only_the_beginning_is_repeated():
    with pytest.raises(ValueError, match=f'not "{"x" * 37}[.]{{3}}"$'):
        predict("distance").answer("x" * 41)
    with pytest.raises(ValueError, match=f'not "{"x" * 40}"$'):
        predict("distance").answer("x" * 40)


def test_a_guess_is_taken_back_by_an_empty_one():
    for prediction, guess in ((predict("distance"), "about 0.001"), (Prediction(DIAGONAL), 1)):
        assert prediction.answer(guess)
        assert prediction.answer("") == prediction.guess == prediction.reply == ""


def test_an_unknown_question_names_the_known_ones():
    known = re.escape(", ".join(QUESTIONS))
    with pytest.raises(ValueError, match=rf"^name must be one of {known}, not 'nothing'$"):
        predict("nothing")
