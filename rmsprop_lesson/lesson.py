"""The questions and tasks of all notebooks, by name."""

from .predictions import Prediction
from .tasks import verdict_on_number
from .topics import (
    comparing,
    first_look,
    fitting,
    libraries,
    limits,
    memory,
    one_step,
    settling,
    writing,
)

TOPICS = (first_look, one_step, memory, writing, fitting, settling, comparing, libraries, limits)
QUESTIONS = {name: asked for topic in TOPICS for name, asked in topic.QUESTIONS.items()}
TASKS = {name: task for topic in TOPICS for name, task in topic.TASKS.items()}


def predict(name):
    """Return the prediction with this name: a question that takes a guess before it answers.

    Raises
    ------
    ValueError : where there is none
    """
    return Prediction(_named(name, QUESTIONS))


def check_number(name, answer):
    """Return the verdict on the number that the task with this name asks for.

    Parameters
    ----------
    name : str, the name of a task
    answer : float

    Raises
    ------
    ValueError : where there is no such task. A wrong answer raises nothing.
    """
    return verdict_on_number(_named(name, TASKS), answer)


def _named(name, table):
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"name must be one of {', '.join(table)}, not {name!r}")
    return table[name]
