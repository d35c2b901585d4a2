"""Predictions: the answer comes after the guess, and never before."""

import json

import pytest

from rmsprop_lesson.lesson import QUESTIONS, predict


def everything_on_the_wire(prediction):
    return json.dumps(prediction.get_state(), default=str)


@pytest.mark.parametrize("name", QUESTIONS)
def test_nothing_gives_the_answer_away_before_the_guess(name):
    prediction = predict(name)
    told = everything_on_the_wire(prediction) + json.dumps(prediction._repr_mimebundle_())
    for meaning in QUESTIONS[name].choices.values():
        assert meaning not in told
    assert prediction.guess == prediction.reply == ""


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_measured_answer_is_one_of_the_choices(name):
    right, measured = QUESTIONS[name].measure()
    assert right in QUESTIONS[name].choices
    assert measured.endswith(".")


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_wrong_guess_is_told_what_it_would_have_meant_and_then_the_answer(name):
    asked = QUESTIONS[name]
    right, measured = asked.measure()
    for guess, meaning in asked.choices.items():
        reply = predict(name).answer(guess)
        assert reply.startswith(f"You guessed: {guess}.")
        assert reply.count(meaning) == 1
        assert f"Measured: {measured}" in reply
        assert asked.choices[right] in reply


def test_a_guess_in_the_browser_is_answered_like_one_in_python():
    prediction = predict("distance")
    prediction.set_state({"guess": "about 0.001"})
    assert prediction.reply == predict("distance").answer("about 0.001")
    assert "Measured: 0.0500." in prediction.reply


def test_what_stands_in_a_stored_notebook_is_the_question_alone():
    data, _ = predict("distance")._repr_mimebundle_()
    assert data["text/plain"] == (
        "After 1000 iterations, how far is the program's intercept from the best one?\n"
        "less than 0.000001 / about 0.001 / about 0.05"
    )


@pytest.mark.parametrize("guess", ["0.05", "", None, 3, "<b>"])
def test_a_guess_that_is_no_choice_is_refused_with_the_choices(guess):
    prediction = predict("distance")
    if guess == "":
        assert prediction.answer(guess) == ""
        return
    with pytest.raises(
        ValueError, match=r'guess must be one of "less than 0\.000001", "about 0\.001"'
    ):
        prediction.answer(guess)
    assert prediction.guess == prediction.reply == ""


def test_an_unknown_question_names_the_known_ones():
    with pytest.raises(ValueError, match=r"name must be one of library, distance, not 'nothing'"):
        predict("nothing")
