"""Tasks that ask for one number: compare it, and name the mistake."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .safe_calls import Mistake, numbers_in
from .verdicts import Verdict, number


@dataclass(frozen=True)
class Task:
    """A number that a reader shall find.

    Attributes
    ----------
    right : function that computes the right number
    explains : what makes it right, one or two sentences
    mistakes : (function that computes a wrong number, what it was mistaken for), the first that
        fits is told
    tolerance : how far off an answer may be, as a part of the right number
    """

    right: Callable
    explains: str
    mistakes: tuple = ()
    tolerance: float = 0.005


def verdict_on_number(task, answer):
    """Return the Verdict on an answer to a task. Nothing that is passed raises an error."""
    try:
        found = numbers_in(answer, "your answer")
    except Mistake as mistake:
        return Verdict(False, _sentence(str(mistake)))
    except BaseException as error:  # what a reader passes may do anything when it is looked at
        return Verdict(False, f"Your answer could not be read: {type(error).__name__}.")
    if found.size != 1:
        return Verdict(False, f"Your answer must be one number, not {found.size} of them.")
    value = float(found.reshape(()))
    if not np.isfinite(value):
        return Verdict(False, f"Your answer is {value}. It must be a finite number.")
    return verdict_on_value(task, value, number(value, 4))


def verdict_on_value(task, value, said):
    """Return the Verdict on a finite number, which is called ``said``."""
    right = float(task.right())
    if near(value, right, task.tolerance):
        return Verdict(True, f"{number(right, 4)}. {task.explains}")
    for wrong, told in task.mistakes:
        if near(value, float(wrong()), task.tolerance):
            return Verdict(False, told)
    if value * right < 0:
        size = "The size is right. " if near(-value, right, task.tolerance) else ""
        return Verdict(False, f"{size}Look at the sign.")
    return Verdict(False, f"{off_by_size(value, right, said)}.")


def off_by_size(value, right, said):
    """Say that a number is too large or too small; of negative ones, that their size is."""
    size = "large" if abs(value) > abs(right) else "small"
    return f"{said if min(value, right) >= 0 else 'The size'} is too {size}"


def near(value, wanted, tolerance):
    """Tell whether a number is the wanted one, but for a part ``tolerance`` of it."""
    return abs(value - wanted) <= tolerance * abs(wanted)


def _sentence(text):
    return text[:1].upper() + text[1:]
