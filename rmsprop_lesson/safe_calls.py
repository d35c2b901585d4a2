"""Call what a student wrote: silently, with an end, and with every error turned into words."""

import builtins
import contextlib
import io
import re
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

from .arguments import name_of
from .words import explain

STEPS, SECONDS = 300_000, 5  # what one call may take; a rule of a few lines needs some hundred
_IMPORT = ("<frozen importlib._bootstrap>", "_find_and_load")  # some of NumPy imports a lot


class Mistake(Exception):
    """What is wrong, in words for the student."""


class Stopped(Mistake):
    """An error inside a call, in words for the student."""


class _TooLong(BaseException):
    """Raised inside a call that does not end; no ``except Exception`` of a student stops it."""


def call_safely(function, *positional, **named):
    """Call a function silently and with an end; each of its errors becomes a Mistake.

    The end is counted in steps of Python, as works in every thread and on every system. What is
    imported on the way counts only by its time. A loop that catches even BaseException, or that
    runs inside one call of a library, goes on.
    """

    def no_input(*arguments):
        raise RuntimeError("it asks for input. Everything it needs comes as an argument")

    silent, real_input, steps, imports = io.StringIO(), builtins.input, 0, 0
    before, end = sys.gettrace(), time.monotonic() + SECONDS

    def count(frame, event, argument):
        nonlocal steps, imports
        if event == "call" and (frame.f_code.co_filename, frame.f_code.co_name) == _IMPORT:
            imports += 1
            return end_of_import
        frame.f_trace_opcodes = True  # a loop within one line counts as well
        steps += not imports
        if steps > STEPS or time.monotonic() > end:
            raise _TooLong
        return count

    def end_of_import(frame, event, argument):
        nonlocal imports
        imports -= event == "return"
        return end_of_import

    try:
        with (
            contextlib.redirect_stdout(silent),
            contextlib.redirect_stderr(silent),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
        ):
            warnings.simplefilter("ignore")
            builtins.input = no_input
            try:
                sys.settrace(count)
                return function(*positional, **named)
            finally:
                sys.settrace(before)
                builtins.input = real_input
    except _TooLong:
        raise Mistake(
            f"{name_in_words(function)} does not come to an end. Look for a loop that never stops."
        ) from None
    except NotImplementedError:
        raise Mistake("Nothing is filled in yet: it raises NotImplementedError.") from None
    except BaseException as error:
        raise Stopped(_told(function, error)) from None


def _told(function, error):
    try:
        for unfilled, shown in (("ellipsis", "the three dots"), ("NoneType", "None")):
            if isinstance(error, TypeError) and unfilled in str(error):
                return f"Not everything is filled in yet: it computes with {shown}."
        told = printable(explain(function, error))
    except BaseException:
        told = f"{name_in_words(function)} stopped. {type(error).__name__}."
    return told.replace("<lambda> stopped", "The function stopped")


def numbers_in(value, part):
    """Return a part of an answer as a new array of floats, or raise a Mistake."""
    if value is None or value is ... or value is NotImplemented:
        raise Mistake(f"Not everything is filled in yet: {part} is {kind(value)}.")
    if type(value) is np.ndarray or isinstance(value, (float, np.floating)):
        array = np.array(value)
    else:
        try:
            array = call_safely(np.array, value)
        except Mistake:
            array = np.array(None)
    if array.dtype.kind == "c":
        raise Mistake(f"{part} holds complex numbers. Look for the root of a negative number.")
    if array.dtype.kind not in "iuf":
        raise Mistake(f"{part} must hold numbers only. It is {kind(value)}.")
    return array.astype(float)


def kind(value):
    """Say what a value is, without what differs between two runs."""
    if value is None or value is ...:
        return "None" if value is None else "the three dots"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (bool, int, float, np.number, np.bool_)):
        return f"the single value {str(value)[:40]}"
    if isinstance(value, (tuple, list, dict, set)):
        return f"a {type(value).__name__} with {len(value)} entries"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, type):
        return "a class"
    if callable(value):
        return "a function"
    return f"something of type {type(value).__name__}"


def name_in_words(function):
    """Return what a function is called, or "The function" where it has no plain name."""
    try:
        name = name_of(function)
        known = isinstance(function, Callable) and isinstance(name, str) and name.isidentifier()
    except BaseException:
        known = False
    return name[:60] if known else "The function"


def printable(text):
    """Return a text in one line, not too long, without what differs between two runs."""
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", text)
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    words = " ".join(text.split())
    return words if len(words) <= 600 else f"{words[:597]}..."
