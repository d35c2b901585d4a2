"""Predictions: a question, the reader's guess, and only then what is measured.

The questions stand in ``topics`` and not in the notebooks, so that no cell shows an answer before
the guess. An answer is measured when it is asked for; what each guess would mean is told with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import anywidget
import numpy as np
import traitlets

from .tasks import near, off_by_size
from .words import read_number

HERE = Path(__file__).parent
GUESS = SimpleNamespace(
    name="guess", allowed="a finite number, such as 0.3 or 1e-3", allows=np.isfinite
)


@dataclass(frozen=True)
class Question:
    """A question with choices.

    Attributes
    ----------
    text : str
    choices : dict of choice to what it would mean
    measure : function that returns (the right choice, what was measured, in words)
    """

    text: str
    choices: dict
    measure: Callable

    def check(self, guess):
        """Raise a ValueError where a text is not one of the choices."""
        if guess.strip() not in self.choices:
            allowed = ", ".join(f'"{choice}"' for choice in self.choices)
            shown = guess if len(guess) <= 40 else f"{guess[:37]}..."
            raise ValueError(f'guess must be one of {allowed}, not "{shown}"')

    def reply(self, guess):
        """Return what a choice would mean, and what was measured."""
        guess = guess.strip()
        right, measured = self.measure()
        explained = self.choices[right]
        if guess == right:
            return told(guess, "That is right.", measured, explained)
        return told(guess, self.choices[guess], measured, explained, answer=right)


@dataclass(frozen=True)
class NumberQuestion:
    """A question that takes a typed number.

    Attributes
    ----------
    text : str
    measure : function that returns (the right number, what was measured, in words)
    meanings : (function that returns a typical wrong number, what it would have meant), the first
        that fits is told
    explains : what the right number means
    tolerance : how far off a guess may be, as a part of the number
    """

    text: str
    measure: Callable
    meanings: tuple = ()
    explains: str = ""
    tolerance: float = 0.05
    choices = ()

    def check(self, guess):
        """Raise a ValueError where a text is no finite number."""
        try:
            read_number(GUESS, guess)
        except ValueError as error:
            raise ValueError(f"{error}{_hint(guess)}") from None

    def reply(self, guess):
        """Return what a number would have meant, and what was measured."""
        right, measured = self.measure()
        meant = self.meaning(read_number(GUESS, guess), float(right))
        return told(guess.strip(), meant, measured, self.explains)

    def meaning(self, value, right):
        """Return what a number would have meant, "" for the right one."""
        if near(value, right, self.tolerance):
            return ""
        for wrong, meaning in self.meanings:
            if near(value, float(wrong()), self.tolerance):
                return meaning
        if value * right < 0:
            return "The sign is wrong."
        return f"{off_by_size(value, right, 'That')}."


class Prediction(anywidget.AnyWidget):
    """A question on screen. ``guess`` is what was chosen or typed, empty as long as nothing was.

    Without the widget, ``prediction.answer("about 0.05")`` does the same.
    """

    _esm = (HERE / "predict.js").read_text("utf-8")
    _css = (HERE / "predict.css").read_text("utf-8")

    question = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List().tag(sync=True)
    guess = traitlets.Unicode().tag(sync=True)
    reply = traitlets.Unicode().tag(sync=True)

    def __init__(self, asked):
        self.asked = asked
        super().__init__(question=asked.text, choices=list(asked.choices))

    @traitlets.observe("guess")
    def _answer_guess(self, change):
        try:
            self._check(change.new)
        except ValueError as error:
            self.reply = f"Your {error}"
        else:
            self.reply = self.asked.reply(change.new) if change.new else ""

    def answer(self, guess):
        """Guess without the widget; return guess and measurement in words.

        Raises
        ------
        ValueError : for a guess that is not one of the choices, or no finite number
        """
        self._check(str(guess))
        self.guess = str(guess)
        return self.reply

    def _check(self, guess):
        if guess:
            self.asked.check(guess)

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data["text/plain"] = "\n".join(filter(None, [self.question, " / ".join(self.choices)]))
        return data, metadata


def told(guess, meant, measured, explained, answer=""):
    """Return the guess, what it would have meant, measurement and explanation, as two lines.

    ``answer`` names the right choice beside a wrong one.
    """
    guessed = f"You guessed: {guess}. {meant}".rstrip()
    answered = f"The answer: {answer}. " if answer else ""
    return f"{guessed}\n{answered}Measured: {measured} {explained}".rstrip()


def _hint(text):
    """Return how a number with a decimal comma is written here, or nothing."""
    with_point = text.strip().replace(",", ".")
    try:
        read_number(GUESS, with_point)
    except ValueError:
        return ""
    return f". Write a point for the comma: {with_point}"
