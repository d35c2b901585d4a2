"""Find out which hyperparameters a rule and a problem take, and give each its value."""

import inspect
from functools import partial

import numpy as np

from .arguments import name_of, real_numbers, signature_of
from .optimizers import HYPERPARAMETERS, rule_parameters


def parameters_of(problem, rule):
    """Return all hyperparameters that ``run`` takes for a problem and a rule, with defaults."""
    return maker_parameters(problem) | rule_parameters(rule)


def bind(problem, rule, given):
    """Return the value of every hyperparameter, checked."""
    known = parameters_of(problem, rule)
    for name in given:
        if name not in known:
            has = ", ".join(known) or "none that it names"
            raise ValueError(f"{name_of(rule)} has no hyperparameter {name!r}; it has {has}")
    values = known | given
    for name, value in values.items():
        if value is inspect.Parameter.empty:
            raise ValueError(f"{name_of(rule)} needs a value for {name}")
        if name in HYPERPARAMETERS:
            values[name] = HYPERPARAMETERS[name].check(value)
        elif _holds_many(value):
            values[name] = real_numbers(name, value)
        if np.size(values[name]) == 0 or np.any(values[name] != values[name]):
            raise ValueError(f"{name} must hold at least one number and no NaN, not {value!r}")
    return values


def _holds_many(value):
    try:
        return np.ndim(value) > 0
    except Exception:  # lists of different lengths, or what refuses to become an array
        return True


def is_problem(problem):
    """Tell a problem from a function that makes one."""
    return hasattr(problem, "gradient") and not isinstance(problem, type)


def maker_parameters(problem):
    """Return the named numbers that a function which makes a problem takes; a problem has none."""
    if is_problem(problem):
        return {}
    try:
        named = signature_of(problem).parameters.values()
    except (TypeError, ValueError):
        raise ValueError(
            "problem must have a gradient, a loss and a start, or be a function that makes such a "
            f"problem, not {problem!r}"
        ) from None
    for each in named:
        variable = each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
        if each.default is each.empty and not variable:
            raise ValueError(f"problem {name_of(problem)} needs a default for {each.name}")
    return {each.name: each.default for each in named if isinstance(each.default, float)}


def make_problem(problem, values):
    """Return the problem, made with its own parameters, and those that are left for the rule."""
    if is_problem(problem):
        return problem, values
    own = maker_parameters(problem)
    made = problem(**{name: values[name] for name in own})
    if not is_problem(made):
        raise ValueError(f"problem {name_of(problem)} must make a problem, not {made!r}")
    return made, {name: value for name, value in values.items() if name not in own}


def offered(rule, name, otherwise=None):
    """Return what a rule offers beside itself; a ``functools.partial`` offers its function's."""
    while isinstance(rule, partial):
        rule = rule.func
    return getattr(rule, name, otherwise)
