"""Predictions: a question, the reader's guess, and only then what is measured.

The questions stand here and not in the notebooks, so that no cell shows an answer before the
guess. An answer is measured when it is asked for; what each choice would mean is told with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from .library_numbers import OPTAX
from .problems import linear_regression
from .trajectory import run

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


def predict(name):
    """Return the prediction with this name.

    Raises
    ------
    ValueError : where there is none
    """
    if name not in QUESTIONS:
        raise ValueError(f"name must be one of {', '.join(QUESTIONS)}, not {name!r}")
    return Prediction(QUESTIONS[name])


def _distance_after_1000_steps():
    problem = linear_regression()
    path = run(problem, n_steps=1000, lr=0.1, beta=0.9, epsilon=1e-8)
    distance = abs(path.theta[-1] - problem.optimum)[0]
    right = min((1e-6, 1e-3, 0.05), key=lambda size: abs(np.log(distance / size)))
    choice = {1e-6: "less than 0.000001", 1e-3: "about 0.001", 0.05: "about 0.05"}[right]
    return choice, f"{distance:.4f}."


def _difference_from_a_library():
    path = run(linear_regression(), n_steps=max(OPTAX), lr=0.1, beta=0.9, epsilon=1e-8)
    largest = max(abs(path.theta[step] - theta).max() for step, theta in OPTAX.items())
    right = next(choice for choice, size in _SIZES.items() if largest < size)
    return right, f"the largest difference is below {_SIZES[right]:g}."


_SIZES = {"less than 1e-12": 1e-12, "about 0.000001": 1e-5, "about 0.01": np.inf}

QUESTIONS = {
    "library": Question(
        text="The two lines above and a library's program take 100 steps on the article's data. "
        "How far apart are their parameters at most?",
        choices={
            "about 0.01": "Then the library would follow another formula: it would do more than "
            "the two lines.",
            "about 0.000001": "Then they would differ in a detail, such as where epsilon stands.",
            "less than 1e-12": "That is rounding. The library does the same as the two lines.",
        },
        measure=_difference_from_a_library,
    ),
    "distance": Question(
        text="After 1000 iterations, how far is the program's intercept from the best one?",
        choices={
            "less than 0.000001": "Then the program would have converged: its steps would have "
            "become tiny.",
            "about 0.001": "Then it would still be on its way, with small steps left to go.",
            "about 0.05": "This is half the learning rate. So it is the settings that decide how "
            "close the program gets, and not the number of iterations.",
        },
        measure=_distance_after_1000_steps,
    ),
}
