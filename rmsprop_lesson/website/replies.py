"""What Python would reply to every guess and every number, for a page that has no Python.

A reply to a number is the same between two thresholds. So all replies to all numbers are a short
list, and the page only looks up in which part of the number line a number lies.
"""

from dataclasses import replace
from itertools import pairwise
from math import inf

from ..predictions import GUESS, told
from ..tasks import verdict_on_value

SAID = "{guess}"  # the page puts what was typed in its place


def replies_to_choices(question):
    """Return the reply to each choice of a Question: dict of choice to text."""
    measured = question.measure()
    known = replace(question, measure=lambda: measured)  # once, and not for each choice
    return {choice: known.reply(choice) for choice in question.choices}


def replies_to_guesses(question):
    """Return the replies to all numbers of a NumberQuestion, as ``along`` does."""
    right, measured = question.measure()
    right = float(right)

    def reply(value):
        return told(SAID, question.meaning(value, right), measured, question.explains)

    wrong = [float(wrong()) for wrong, _ in question.meanings]
    return along(reply, thresholds(right, wrong, question.tolerance))


def verdicts_on_answers(task):
    """Return the verdicts on all numbers for a Task, as ``along`` does: texts like repr's."""
    right = float(task.right())
    mistakes = [(float(wrong()), meant) for wrong, meant in task.mistakes]
    known = replace(
        task,
        right=lambda: right,
        mistakes=tuple((lambda wrong=wrong: wrong, meant) for wrong, meant in mistakes),
    )

    def reply(value):
        return repr(verdict_on_value(known, value, SAID))

    return along(reply, thresholds(right, [wrong for wrong, _ in mistakes], task.tolerance))


def thresholds(right, wrong, tolerance):
    """Return the numbers at which a reply may change."""
    edges = {0.0, right, -right}
    for value in (right, -right, *wrong):
        edges |= {value - tolerance * abs(value), value + tolerance * abs(value)}
    return sorted(edges)


def along(reply, thresholds):
    """Return the replies along the number line, from left to right.

    ``ends`` has [threshold, reply to the numbers below it and above the last one, reply to itself]
    for each threshold; ``beyond`` is the reply to the numbers above all.
    """
    inside = [-inf] + [(low + high) / 2 for low, high in pairwise(thresholds)]
    ends = [
        [end, reply(middle), reply(end)] for middle, end in zip(inside, thresholds, strict=True)
    ]
    return {"ends": ends, "beyond": reply(inf)}


def limits_of(what):
    """Return what may be typed, for the page to refuse the rest in a sentence about ``what``."""
    return {"name": what, "allowed": GUESS.allowed}
