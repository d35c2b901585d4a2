"""Dials: what a slider sets, in words, with its positions."""

from dataclasses import dataclass
from math import inf

from .arguments import finite_numbers, real_numbers
from .optimizers import HYPERPARAMETERS, Hyperparameter

_MANTISSAS = (1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2)
_CONDITION = Hyperparameter(
    "condition",
    words="condition number",
    meaning="How much steeper the steep direction is than the flat one.",
    default=1000.0,
    lower=1,
    upper=1e12,
)
_ANGLE = Hyperparameter(
    "angle",
    words="angle",
    meaning="By how many degrees bowl and start are turned together.",
    default=0.0,
    lower=0,
    upper=360,
)
PARAMETERS = HYPERPARAMETERS | {"condition": _CONDITION, "angle": _ANGLE}

_SERIES = [float(f"{m}e{decade}") for decade in (-3, -2, -1) for m in _MANTISSAS]
POSITIONS = {
    "lr": tuple(sorted([*_SERIES, 1.0, 0.05, 0.2])),  # half and twice the article's lr belong to it
    "beta": (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99)
    + (0.995, 0.998, 0.999),
    "epsilon": (1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0),
    "condition": (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0),
    "angle": (0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 75.0, 90.0),
}


@dataclass(frozen=True)
class Dial:
    """A slider to be: parameter (range and words), positions, first value."""

    parameter: Hyperparameter
    positions: tuple
    first: float

    @property
    def name(self):
        return self.parameter.name


def dial(name, positions=None, *, first=None, words=None, meaning="", lower=0, upper=inf):
    """Return a dial.

    Parameters
    ----------
    name : str; for lr, beta, epsilon, condition and angle the rest is known
    positions : increasing numbers where the slider stops
    first : one of them or any other allowed number; by default the parameter's own, else the
        position in the middle
    words, meaning : what stands before the slider, and what the parameter does, in a sentence
    lower, upper : the range that may be typed; upper itself does not belong to it

    Raises
    ------
    ValueError : for positions that are missing, not increasing or not allowed, or a first value
        that is not allowed
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"name must be a word such as lr, not {name!r}")
    for argument, text in {"words": "" if words is None else words, "meaning": meaning}.items():
        if not isinstance(text, str):
            raise ValueError(f"{argument} must be a text, not {text!r}")
    for argument, end in {"lower": lower, "upper": upper}.items():
        if real_numbers(argument, end).ndim or end != end:
            raise ValueError(f"{argument} must be one number, not {end!r}")
    known = PARAMETERS.get(name)
    if positions is None and name not in POSITIONS:
        raise ValueError(f"positions must be given for {name!r}; known are {', '.join(POSITIONS)}")
    positions = POSITIONS[name] if positions is None else positions
    numbers = finite_numbers("positions", positions)
    if numbers.ndim != 1 or not numbers.size or (numbers[1:] <= numbers[:-1]).any():
        raise ValueError(f"positions must be increasing numbers, not {positions!r}")
    numbers = tuple(numbers.tolist())
    middle = numbers[len(numbers) // 2]
    if known is None:
        known = Hyperparameter(name, words or name, meaning, middle, lower, upper=upper)
    for value in numbers:
        known.check(value)
    if first is None:
        first = known.default if name in PARAMETERS else middle
    return Dial(known, numbers, one_number(known, first))


def one_number(parameter, value):
    """Return one allowed value of a parameter as a float; -0.0 becomes 0.0."""
    checked = parameter.check(value)
    if not isinstance(checked, float):
        raise ValueError(f"{parameter.name} must be one number, not {value!r}")
    return checked + 0.0
