"""Take what an explorer is asked for, or say in a ValueError what is wrong and what is allowed."""

import numpy as np

from .arguments import name_of
from .atlas import POSITIONS
from .optimizers import HYPERPARAMETERS, rule_parameters
from .problems import Quadratic
from .scenes import PANELS

MOST_STEPS, MOST_RULES = 2000, 4


def sliding(rule):
    """Return the names of the hyperparameters of a rule that have a slider."""
    return [name for name in rule_parameters(rule) if name in POSITIONS]


def own(rule, values):
    """Return those of the values that a rule takes."""
    return {name: values[name] for name in sliding(rule)}


def checked_problem(problem):
    """Return a problem with two parameters."""
    if not isinstance(problem, Quadratic):
        raise ValueError(f"problem must be one such as linear_regression(), not {problem!r}")
    if problem.start.shape != (2,) or problem.hessian.shape != (2, 2):
        raise ValueError(
            "problem must be a single one with two parameters, not one with a start of shape "
            f"{problem.start.shape} and a hessian of shape {problem.hessian.shape}"
        )
    return problem


def checked_rules(optimizer, compare):
    """Return the optimizer and the rules to compare with, as one tuple."""
    others = compare if isinstance(compare, (tuple, list)) else (compare,)
    if len(others) >= MOST_RULES:
        raise ValueError(f"compare must hold at most {MOST_RULES - 1} rules, not {len(others)}")
    return (_rule("optimizer", optimizer), *(_rule("compare", rule) for rule in others))


def _rule(argument, rule):
    try:
        good = bool(sliding(rule))
    except ValueError:
        good = False
    if good:
        return rule
    told = name_of(rule) if callable(rule) else repr(rule)
    raise ValueError(
        f"{argument} must be an update rule: a function of theta, gradient and a state, then at "
        f"least one of {', '.join(POSITIONS)}; not {told}"
    )


def checked_panels(panels, problem):
    """Return the names of the panels; by default all that the problem has."""
    possible = tuple(panel for panel in PANELS if panel != "fit" or hasattr(problem, "X"))
    if panels is None:
        return possible
    asked = (panels,) if isinstance(panels, str) else panels
    if isinstance(asked, (tuple, list)) and asked and all(panel in possible for panel in asked):
        return tuple(dict.fromkeys(asked))
    raise ValueError(f"panels must be some of {', '.join(possible)}, not {panels!r}")


def checked_steps(n_steps):
    """Return a number of iterations."""
    whole = isinstance(n_steps, (int, np.integer)) and not isinstance(n_steps, bool)
    if whole and 1 <= n_steps <= MOST_STEPS:
        return int(n_steps)
    raise ValueError(f"n_steps must be a whole number from 1 to {MOST_STEPS}, not {n_steps!r}")


def checked_drawn_by(drawn_by):
    """Return who draws: "browser" or "kernel"."""
    if isinstance(drawn_by, str) and drawn_by in ("browser", "kernel"):
        return drawn_by
    raise ValueError(f'drawn_by must be "browser" or "kernel", not {drawn_by!r}')


def first_values(rules, given):
    """Return the first value of every slider: the given one, or the default of the first rule."""
    values = {}
    for rule in rules:
        values = own(rule, rule_parameters(rule)) | values
    names = [name for name in POSITIONS if name in values]
    return checked_values(names, {name: values[name] for name in names} | given)


def checked_values(names, given):
    """Return the given values as floats; each must be one of the names."""
    for name, value in given.items():
        if name not in names:
            raise ValueError(
                f"the explorer has no slider {name!r} for {value!r}; it has {', '.join(names)}"
            )
    return {name: one_number(name, value) for name, value in given.items()}


def one_number(name, value):
    """Return one allowed value of a hyperparameter as a float; -0.0 becomes 0.0."""
    checked = HYPERPARAMETERS[name].check(value)
    if not isinstance(checked, float):
        raise ValueError(f"{name} must be one number, not {value!r}")
    return checked + 0.0
