"""Tasks that ask for one number: right in any form, each mistake by its name, whatever may come."""

import fractions
import math
import warnings

import numpy as np
import pytest

from rmsprop_lesson.lesson import TASKS, check_number
from rmsprop_lesson.tasks import Task, near, verdict_on_number

DIAGONAL = Task(
    right=lambda: math.sqrt(2),
    explains="Its square is the sum of two squares.",
    mistakes=(
        (lambda: 2, "That is the way along two sides."),
        (lambda: 2.005, "This comes too late to be told."),
        (lambda: 1 / math.sqrt(2), "The fraction is upside down."),
        (lambda: 0, "The corners do not meet."),
    ),
)


def told(answer, task=DIAGONAL):
    with warnings.catch_warnings(action="error"):
        verdict = verdict_on_number(task, answer)
    assert verdict.right is bool(verdict)
    assert verdict.message.endswith(".")
    return str(verdict)


@pytest.mark.parametrize(
    "answer",
    [
        math.sqrt(2),
        1.414,
        1.42,
        np.sqrt(2),
        np.float32(1.4142),
        np.array(1.4142),
        np.array([1.4142]),
        np.array([[1.4142]]),
        [1.4142],
        (1.4142,),
        [[np.float64(1.4142)]],
    ],
    ids=repr,
)
def test_a_right_number_is_right_in_every_form(answer):
    assert told(answer) == "Right. 1.414. Its square is the sum of two squares."


def test_a_right_whole_number_may_be_an_integer():
    for answer in (7, 7.0, np.int64(7), np.uint8(7), [7]):
        assert told(answer, Task(lambda: 7, "Seven.")) == "Right. 7. Seven."


@pytest.mark.parametrize(
    "answer, message",
    [
        (2, "That is the way along two sides."),
        (2.005, "That is the way along two sides."),
        (0.7071, "The fraction is upside down."),
        (0, "The corners do not meet."),
        (-0.0, "The corners do not meet."),
        (-1.414, "The size is right. Look at the sign."),
        (1.43, "1.43 is too large."),
        (1.4, "1.4 is too small."),
        (-5, "Look at the sign."),
        (1e-300, "1e-300 is too small."),
        (1e308, "1e+308 is too large."),
        (-1e308, "Look at the sign."),
        (10**30, "Your answer must hold numbers only. It is the single value 1" + 30 * "0" + "."),
        (math.inf, "Your answer is inf. It must be a finite number."),
        (np.nan, "Your answer is nan. It must be a finite number."),
        ([1.4, 1.4], "Your answer must be one number, not 2 of them."),
        ([], "Your answer must be one number, not 0 of them."),
        (None, "Not everything is filled in yet: your answer is None."),
        (..., "Not everything is filled in yet: your answer is the three dots."),
        ("1.414", "Your answer must hold numbers only. It is a text."),
        (True, "Your answer must hold numbers only. It is the single value True."),
        (math.sqrt, "Your answer must hold numbers only. It is a function."),
        (1.4142 + 0j, "Your answer holds complex numbers. Look for the root of a negative number."),
    ],
    ids=repr,
)
def test_a_wrong_answer_is_told_what_is_wrong(answer, message):
    assert told(answer) == f"Not yet. {message}"


class Evil:
    """Whatever one asks it, it raises."""

    def __getattribute__(self, name):
        raise KeyError(name)

    def __array__(self, *arguments, **named):
        raise SystemExit

    def __len__(self):
        raise MemoryError

    def __repr__(self):
        raise ZeroDivisionError

    def __float__(self):
        raise OSError


class Endless:
    """An array that never comes to an end."""

    def __array__(self, *arguments, **named):
        while True:
            pass


class Pretender(float):
    """A float that says it equals everything."""

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__

    def __sub__(self, other):
        return 0.0


JUNK = {
    "evil": Evil,
    "endless": Endless,
    "a class": lambda: Evil,
    "a pretender": lambda: Pretender(5),
    "an object": object,
    "type": lambda: type,
    "an empty dict": dict,
    "a set": lambda: {1.4142},
    "a dict": lambda: {"a": 1.4142},
    "bytes": lambda: b"1.4142",
    "a range": lambda: range(3),
    "a generator": lambda: (number for number in [1.4142]),
    "a ragged list": lambda: [1, [2, 3]],
    "a list of None": lambda: [None],
    "a number and None": lambda: [1.4142, None],
    "a fraction": lambda: fractions.Fraction(3, 2),
    "masked": lambda: np.ma.masked,
    "a date": lambda: np.datetime64("2012-10-01"),
    "an array of text": lambda: np.array(["1.4142"]),
    "a number and NaN": lambda: np.array([1.4142, np.nan]),
    "an empty array": lambda: np.zeros((3, 0)),
    "an array of None": lambda: np.array(None),
    "a long double": lambda: np.longdouble(5),
    "NotImplemented": lambda: NotImplemented,
    "an error": lambda: KeyError("1.4142"),
    "a lambda": lambda: lambda: 1.4142,
}


@pytest.mark.parametrize("kind", JUNK)
def test_whatever_is_passed_gets_a_verdict_and_no_wrong_one_is_right(kind, capfd):
    assert told(JUNK[kind]()).startswith("Not yet. ")
    assert capfd.readouterr() == ("", "")


def test_a_sign_is_no_mistake_where_the_right_number_is_zero():
    nothing = Task(lambda: 0, "Nothing.")
    assert told(-0.0, nothing) == "Right. 0. Nothing."
    assert told(-0.1, nothing) == "Not yet. The size is too large."
    assert told(0.1, nothing) == "Not yet. 0.1 is too large."


@pytest.mark.parametrize("answer, size", [(-0.679, "small"), (-0.9, "large"), (0, "small")])
def test_of_a_negative_number_the_size_is_too_large_or_too_small(answer, size):
    assert told(answer, Task(lambda: -0.8, "Down.")) == f"Not yet. The size is too {size}."


@pytest.mark.parametrize("name", TASKS)
def test_the_right_number_of_each_task_is_right_and_explained(name):
    task = TASKS[name]
    assert task.explains.endswith(".")
    for sign in (-1, 1):
        verdict = check_number(name, task.right() * (1 + 0.9 * sign * task.tolerance))
        assert verdict
        assert verdict.message.endswith(task.explains)
    assert not check_number(name, task.right() * (1 + 1.1 * task.tolerance))


@pytest.mark.parametrize("name", TASKS)
def test_each_mistake_of_each_task_is_named_and_gives_the_right_number_not_away(name):
    task = TASKS[name]
    assert task.mistakes
    for wrong, message in task.mistakes:
        verdict = check_number(name, float(wrong()))
        assert not verdict
        assert verdict.message == message
        assert f"{task.right():.3g}" not in message


@pytest.mark.parametrize("name", TASKS)
def test_a_task_that_is_not_answered_says_so(name):
    assert str(check_number(name, None)) == (
        "Not yet. Not everything is filled in yet: your answer is None."
    )


def test_an_unknown_task_names_the_known_ones():
    with pytest.raises(ValueError, match=r"^name must be one of .*, not 'nothing'$"):
        check_number("nothing", 1)
    with pytest.raises(ValueError, match=r"not \['a list'\]$"):
        check_number(["a list"], 1)


def test_near_is_meant_as_a_part_of_the_wanted_number():
    assert near(1.05, 1, 0.0500001)
    assert not near(1.051, 1, 0.05)
    assert near(-95, -100, 0.05)
    assert near(0, 0, 0.05)
    assert not near(1e-12, 0, 0.05)
