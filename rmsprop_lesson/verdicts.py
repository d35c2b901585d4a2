"""Verdicts on what a student wrote: call it safely, read its answer, compare, name the mistake."""

import contextlib
import html
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .arguments import signature_of
from .safe_calls import Mistake, Stopped, call_safely, kind, name_in_words, numbers_in, printable


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check found: true only for a right answer, with a message that names the mistake."""

    right: bool
    message: str

    def __bool__(self):
        return self.right

    @property
    def word(self):
        return "Right." if self.right else "Not yet."

    def __repr__(self):
        return f"{self.word} {self.message}"

    def _repr_html_(self):
        colour = "#009E73" if self.right else "#D55E00"  # 3:1 or more on white and on black
        return (
            '<div class="mathjax_ignore tex2jax_ignore" style="border-left: 6px solid '
            f'{colour}; padding: 4px 12px; max-width: 46em; line-height: 1.5">'
            f"<strong>{self.word}</strong> {html.escape(self.message)}</div>"
        )


@dataclass(frozen=True)
class Exercise:
    """What is asked, what is right, and what is known to go wrong.

    Attributes
    ----------
    cases : dicts of the arguments, name to value; the first one is the example
    right : ``right(**case)`` returns the right numbers, a dict of part to array
    wrong : part to a list of (message, function); ``function(**case)`` returns the wrong numbers
    shown : part to the arguments that an example of it names
    changes : argument to another value for the first case; an answer must change with it
    read : ``read(name, raw, case)`` returns a dict of part to numbers, or raises a Mistake
    start : ``start(part, case)`` is what a step of that part starts from
    named : the arguments that are always passed by name
    optional : ``optional(case)`` is true where an error does not count
    special, last : ``special(answers)`` returns a message or None before the list is asked, and
        ``last(answers)`` after it
    clue : ``clue(answers)`` returns a message or None where nothing else was found
    unknown : name that an answer may use and that does not exist, to what is said of it
    """

    cases: list
    right: Callable
    wrong: dict
    shown: dict
    changes: dict = field(default_factory=dict)
    read: Callable = lambda name, raw, case: {"the answer": raw}
    start: Callable = lambda part, case: 0.0
    named: tuple = ()
    optional: Callable = lambda case: False
    special: Callable = lambda answers: None
    last: Callable = lambda answers: None
    clue: Callable = lambda answers: None
    unknown: dict = field(default_factory=dict)


def verdict_on(function, exercise, further=None):
    """Return the Verdict on a student's function.

    ``further(function)`` checks what else the exercise asks for, and raises a Mistake. Nothing
    that the function does gets through: no output, no warning, no error, no change.
    """
    name = name_in_words(function)
    try:
        with np.errstate(all="ignore"):
            _check_callable(function, name, exercise)
            _compare(function, name, exercise)
            if further:
                further(function)
    except Mistake as mistake:
        told = printable(str(mistake))
        return Verdict(False, f"T{told[1:]}" if told.startswith("the ") else told)
    except BaseException as error:  # what a student passes may do anything when it is looked at
        return Verdict(False, f"{name} could not be checked: {type(error).__name__}.")
    return Verdict(True, f"{name} gives the right numbers for every input that was tried.")


def remembers(name):
    """Say that a function answers one question in two ways."""
    return (
        f"{name} answers the same question differently when it is asked again. It must not draw "
        "random numbers or remember anything between calls: all it needs comes as an argument."
    )


def same(found, right, start=0.0):
    """Tell for each number whether the way from start to it is right to nine digits."""
    with np.errstate(all="ignore"):
        near = np.abs(found - right) <= 1e-9 * np.abs(right - start) + 1e-14 * np.abs(start)
    near &= np.isfinite(right)
    return near | (found == right) | (np.isnan(found) & np.isnan(right))


def differ(found, right, start=0.0):
    """Tell whether anything differs, be it a number or the shape."""
    return np.shape(found) != np.shape(right) or not np.all(same(found, right, start))


def number(value, digits=6):
    """Return a number for a message, without noise."""
    return f"{float(value):.{digits}g}"


def _check_callable(function, name, exercise):
    if function is None or function is ...:
        raise Mistake("There is no function yet. Pass the name of your function.")
    if isinstance(function, type):
        raise Mistake(f"{name} is a class. A function is needed here: it begins with def.")
    if not callable(function):
        raise Mistake(
            f"This is {kind(function)}, not a function. Pass the name of your function alone, "
            "without brackets after it."
        )
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise Mistake(f"{name} is an async function. Begin it with def alone.")
    if inspect.isgeneratorfunction(function):
        raise Mistake(f"{name} contains yield. End it with return.")
    case = exercise.cases[0]
    try:
        signature = signature_of(function)
    except (TypeError, ValueError):
        return
    try:
        positional, named = _arguments(function, case, exercise)
        signature.bind(*positional, **named)
    except TypeError:
        given = ", ".join([key for key in case if key not in exercise.named])
        by_name = f", and {', '.join(exercise.named)} by name" if exercise.named else ""
        has = ", ".join(signature.parameters) or "none"
        raise Mistake(
            f"{name} does not take the arguments that it is given: {given}{by_name}. "
            f"Its own arguments are: {has}."
        ) from None


def _arguments(function, case, exercise):
    """Return the arguments by position and by name; by name alone where the names are the same."""
    copies = {key: _copy(value) for key, value in case.items()}
    try:
        takes = signature_of(function).parameters
        known = all(key in takes and takes[key].kind != 0 for key in copies)
    except (TypeError, ValueError):
        known = False
    if known and not exercise.named:
        return [], copies
    positional = [value for key, value in copies.items() if key not in exercise.named]
    return positional, {key: copies[key] for key in exercise.named}


def _copy(value):
    return value.copy() if isinstance(value, np.ndarray) else value


def _ask(function, name, case, exercise):
    """Call a student's function and return its numbers, part by part, or raise a Mistake."""
    positional, named = _arguments(function, case, exercise)
    raw = call_safely(function, *positional, **named)
    if raw is None or raw is ... or raw is NotImplemented:
        raise Mistake(
            f"Nothing is filled in yet, or the return is missing: {name} returns {kind(raw)}."
        )
    for each in raw if type(raw) in (tuple, list) else [raw]:
        if inspect.iscoroutine(each):
            each.close()  # else Python warns that nobody waited for it
    if inspect.iscoroutine(raw) or inspect.isgenerator(raw):
        raise Mistake(f"{name} returns {kind(raw)}. It must return numbers.")
    given = dict(zip(case, positional, strict=False)) | named
    for key, value in case.items():
        now = given[key]
        if isinstance(value, np.ndarray) and not (
            value.shape == now.shape and np.array_equal(now, value, equal_nan=True)
        ):
            raise Mistake(
                f"{name} changes {key} in place. The caller still needs the old numbers: make a "
                "new array, and look at operators such as -= and at [...] = ."
            )
    return {part: numbers_in(value, part) for part, value in exercise.read(name, raw, case).items()}


@dataclass(frozen=True)
class Answers:
    """The cases that were answered, what was found and what is right, and how to ask again."""

    exercise: Exercise
    name: str
    found: list  # of (case, found, right)
    ask: Callable

    def all_match(self, part, function):
        """Tell whether every answer is that of a function."""
        return all(
            not differ(found[part], np.asarray(function(**_floats(case))), self.start(part, case))
            for case, found, _ in self.found
        )

    def start(self, part, case):
        """Return what a step of that part starts from."""
        return self.exercise.start(part, case)


def _compare(function, name, exercise):
    """Ask every case, and raise a Mistake that names what is wrong."""

    def ask(case):
        return _ask(function, name, case, exercise)

    answers, stopped = [], None
    for case in exercise.cases:
        try:
            found = ask(case)
        except Mistake as mistake:
            if exercise.optional(case):
                continue
            stopped = mistake
            break
        answers.append((case, found, exercise.right(**case)))
    answers = Answers(exercise, name, answers, ask)
    wrong = [
        (part, case, found[part], right[part])
        for case, found, right in answers.found
        for part in right
        if differ(found[part], right[part], answers.start(part, case))
    ]
    if wrong:
        raise Mistake(_name_mistake(answers, wrong))
    if isinstance(stopped, Stopped) and _has_arrays(case) and _takes_one_number(exercise, ask):
        raise Mistake(f"{name} works for one number, but not for an array. {stopped}")
    if stopped:
        raise Mistake(f"{stopped} {_on_unknown_name(exercise, stopped)}".strip())
    for case, found, _ in reversed(answers.found):
        again = ask(case)
        if any(differ(again[part], found[part]) for part in found):
            raise Mistake(remembers(name))


def _on_unknown_name(exercise, stopped):
    """Return what an exercise says of the name that does not exist, or nothing."""
    for name, said in exercise.unknown.items():
        if f"name '{name}' is not defined" in str(stopped):
            return said
    return ""


def _takes_one_number(exercise, ask):
    for case in exercise.cases:
        if not _has_arrays(case):
            with contextlib.suppress(Mistake):
                return bool(ask(case))
    return False


def _floats(case):
    """Return the case with the floats of NumPy, which divide by zero without an error."""
    return {key: np.float64(v) if isinstance(v, float) else v for key, v in case.items()}


def _has_arrays(case):
    return any(np.ndim(value) for value in case.values())


def _name_mistake(answers, wrong):
    """Return the message on what differs: a known mistake, or the first wrong number."""
    exercise = answers.exercise
    special = exercise.special(answers)
    if special:
        return special
    parts = [part for part in exercise.wrong if any(part == each[0] for each in wrong)]
    for part in parts:
        where = next(each for each in wrong if each[0] == part)
        for message, function in exercise.wrong[part]:
            if answers.all_match(part, function):
                return f"{message} {_example(exercise, *where)}".strip()
        return _unknown(answers, part, [each for each in wrong if each[0] == part])


def _unknown(answers, part, wrong):
    exercise, where = answers.exercise, wrong[0]
    case, found, _ = answers.found[0]
    last = exercise.last(answers)
    if last:
        return last
    if _differs_again(answers):
        return remembers(answers.name)
    for _, at, values, right in wrong:
        if np.shape(values) != np.shape(right):
            asked = f"shape {np.shape(right)}" if np.shape(right) else "one number"
            given = f"shape {np.shape(values)}" if np.shape(values) else "one number"
            length = f" for {_in_words(at)}" if not _has_arrays(at) else ""
            return f"{part} has the wrong shape{length}: {given}, and it should be {asked}."
    for each in wrong:
        if not np.isfinite(each[2]).all():
            return (
                "An infinite number or a NaN comes out. Look for a division by zero or the root "
                f"of a negative number. {_example(exercise, *each)}"
            )
    for argument, value in exercise.changes.items():
        if argument not in exercise.shown[part]:
            continue
        try:
            changed = answers.ask(case | {argument: value})
        except Mistake:
            continue
        right = [exercise.right(**each)[part] for each in (case, case | {argument: value})]
        if differ(*right) and not differ(changed[part], found[part]):
            now = "" if np.ndim(value) else f" from {number(case[argument])} to {number(value)}"
            return (
                f"{part} does not change when {argument} changes{now}. Use the argument "
                f"{argument} there, not a number or a name of your own. "
                f"{_example(exercise, *where)}"
            )
    if all(_is_close(values, right, exercise.start(*each)) for *each, values, right in wrong):
        return (
            "The numbers are close, but not equal. Is something rounded, or a small number added? "
            f"{_example(exercise, *where)}"
        )
    said = exercise.clue(answers) or f"{part} is not right yet."
    return f"{said} {_example(exercise, *where)}"


def _is_close(values, right, start):
    return np.all(np.abs(values - right) <= 1e-3 * np.abs(right - start))


def _differs_again(answers):
    for case, found, _ in answers.found:
        try:
            again = answers.ask(case)
        except Mistake:
            return True
        if any(differ(again[part], found[part]) for part in found):
            return True
    return False


def _in_words(case):
    """Return arguments in words: lr 0.1 and beta 0.9."""
    listed = [f"{name} {number(value)}" for name, value in case.items()]
    return " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else listed[0]


def _example(exercise, part, case, found, right):
    """Return the first number that differs, with its input."""
    found, right = np.broadcast_arrays(np.asarray(found), np.asarray(right))
    bad = ~same(found, right, exercise.start(part, case))
    nonfinite = bad & ~np.isfinite(found)
    bad = nonfinite if nonfinite.any() else bad
    place = np.unravel_index(np.argmax(bad), bad.shape)
    at = {
        name: np.broadcast_to(case[name], right.shape)[place] if np.ndim(case[name]) else case[name]
        for name in exercise.shown[part]
    }
    digits = next(
        (n for n in (6, 12) if number(found[place], n) != number(right[place], n)),
        17,
    )
    said = f"the new {part}" if part in case else part
    which = f" number {place[0] + 1}" if right.ndim and not _has_arrays(case) else ""
    return (
        f"With {_in_words(at)}, {said}{which} is {number(found[place], digits)}; "
        f"it should be {number(right[place], digits)}."
    )
