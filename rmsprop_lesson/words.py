"""Numbers, paths and errors in words: what a reader is told beside the pictures."""

import linecache
import re
import traceback

import numpy as np

from .arguments import name_of

MOST_LETTERS = 500  # of what an exception says
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_NAMES = {"rmsprop": "RMSProp", "adagrad": "AdaGrad", "adam": "Adam"}
_HINTS = {
    NameError: "It uses a name that does not exist there. A function sees what has been imported "
    "or defined outside it, and its own arguments.",
    UnboundLocalError: "It uses a name before that name has a value.",
    ZeroDivisionError: "It divides by zero.",
    RecursionError: "It calls itself without end.",
    KeyboardInterrupt: "It was interrupted. Look for a loop that never ends.",
    SystemExit: "It ends Python. Only return leaves a function.",
}
_HINTS_BY_MESSAGE = {
    "truth value of an array": "if, max and min compare single numbers. For arrays there are "
    "np.where, np.maximum and np.minimum.",
    "converted to Python scalar": "The functions of math take single numbers. For arrays there is "
    "np.sqrt.",
    "bitwise_xor": "A power is written **, not ^.",
    "operand type(s) for ^": "A power is written **, not ^.",
    "has no attribute 'ln'": "The natural logarithm is np.log.",
}
_OF_NUMPY = ("arange", "array", "exp", "log", "log2", "log10", "mean", "ones", "sqrt", "zeros")
_HINTS_BY_NAME = {name: f"Write np.{name}." for name in _OF_NUMPY} | {
    "ln": "The natural logarithm is np.log."
}
_COMES_IN = {"g": ("The gradient", "gradient"), "v": ("The old average", "moving_average")}


def text_of(value):
    """Return a number as short as it can be read back exactly: 0.1, 1e-08, 1."""
    return repr(float(value)).removesuffix(".0")


def read_number(hyperparameter, text):
    """Return the number in a text, or raise a ValueError that says what is allowed."""
    stripped = text.strip()
    value = float(stripped) if _NUMBER.fullmatch(stripped) else np.nan
    if not hyperparameter.allows(value):
        shown = text if len(text) <= 40 else f"{text[:37]}..."
        raise ValueError(f'{hyperparameter.name} must be {hyperparameter.allowed}, not "{shown}"')
    return value


def label_of(rule):
    """Return what a rule is called in a legend."""
    name = name_of(rule)
    return _NAMES.get(name, name.replace("_", " "))


def describe(path, iteration):
    """Say where a single run is after an iteration: parameters, loss, distance to the optimum."""
    problem, at = path.problem, min(iteration, len(path.theta) - 1)
    if path.diverged_at is not None and at >= path.diverged_at:
        return f"the numbers are not finite from iteration {path.diverged_at} on"
    theta = path.theta[at]
    values = ", ".join(
        f"{name} {value:.3f}" for name, value in zip(problem.names, theta, strict=True)
    )
    distance = np.sqrt(((theta - problem.optimum) ** 2).sum())
    near = "less than 0.001" if distance < 0.001 else f"{distance:.3f}"
    excess = path.excess[at]
    above = "less than 1e-12" if excess < 1e-12 else f"{excess:.2g}"
    loss = f"{path.loss[at]:#.3g}".removesuffix(".")
    return f"{values}, loss {loss}, {above} above the minimum, {near} from the optimum"


def explain(rule, error):
    """Say in words what went wrong in a rule, and in which of its lines."""
    name = name_of(rule)
    code = getattr(rule, "__code__", None)
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ()
    where = ""
    for frame, number in traceback.walk_tb(error.__traceback__):
        if code is not None and frame.f_code is code:
            line = linecache.getline(code.co_filename, number).strip()
            where = f" in its line {number - code.co_firstlineno + 1}" + (
                f", {line}" if line else ""
            )
    said = said_by(error).strip().removesuffix(".")
    told = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return f"{name} stopped{where}. {told}. {_hint(error, said, arguments)}".strip()


def said_by(error):
    """Return the text of an exception, not too long, or nothing where it has none."""
    try:
        said = str(error)
    except Exception:
        return ""
    return said if len(said) <= MOST_LETTERS else f"{said[:MOST_LETTERS]}..."


def _hint(error, said, arguments):
    for part, hint in _HINTS_BY_MESSAGE.items():
        if part in said:
            return hint
    name = re.search(r"'(\w+)'", said) if isinstance(error, NameError) else None
    if name and type(error) is NameError and name[1] in _HINTS_BY_NAME:
        return _HINTS_BY_NAME[name[1]]
    hint = _HINTS.get(type(error), "")
    meant, argument = _COMES_IN.get(name and name[1], ("", None))
    return f"{hint} {meant} comes in as {argument}." if argument in arguments else hint
