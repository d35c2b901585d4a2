"""Predictions: a question, the reader's guess, and only then what is measured.

The questions stand in ``topics`` and not in the notebooks, so that no cell shows an answer before
the guess. An answer is measured when it is asked for; what each choice would mean is told with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anywidget
import traitlets

HERE = Path(__file__).parent


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


class Prediction(anywidget.AnyWidget):
    """A question on screen. ``guess`` is one of the choices, or empty as long as there is none.

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

    @traitlets.validate("guess")
    def _check_guess(self, proposal):
        if proposal.value in ("", *self.choices):
            return proposal.value
        allowed = ", ".join(f'"{choice}"' for choice in self.choices)
        raise ValueError(f'guess must be one of {allowed}, not "{proposal.value}"')

    @traitlets.observe("guess")
    def _answer_guess(self, change):
        self.reply = self._reply() if change.new else ""

    def answer(self, guess):
        """Guess without the widget; return guess and measurement in words.

        Raises
        ------
        ValueError : for a guess that is not one of the choices
        """
        self.guess = str(guess)
        return self.reply

    def _reply(self):
        right, measured = self.asked.measure()
        meant = self.asked.choices[self.guess]
        if self.guess == right:
            return f"You guessed: {self.guess}.\nMeasured: {measured} {meant}"
        told = f"You guessed: {self.guess}. {meant}"
        return f"{told}\nMeasured: {measured} {self.asked.choices[right]}"

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data["text/plain"] = f"{self.question}\n{' / '.join(self.choices)}"
        return data, metadata
