"""Take what an explorer is asked for, or say in a ValueError what is wrong and what is allowed."""

from math import prod

import numpy as np

from .arguments import is_whole, name_of
from .binding import is_problem, maker_parameters
from .board import checked_values
from .dials import PARAMETERS, POSITIONS, Dial
from .families import made_from, problem_at
from .figures import excess_in, plane_window
from .optimizers import HYPERPARAMETERS, rule_parameters
from .problems import Quadratic
from .scenes import PANELS

MOST_STEPS, MOST_RULES, MOST_RUNS = 2000, 5, 20_000
MOST_POINTS = 50_000_000  # of all runs together; in the browser each takes 10 bytes


def sliding(rule):
    """Return the names of the hyperparameters of a rule that can have a slider."""
    return [name for name in rule_parameters(rule) if name in HYPERPARAMETERS and name in POSITIONS]


def checked_problem(problem):
    """Return a problem with two parameters, or a function that makes one from named numbers."""
    try:
        made = problem_at(problem, maker_parameters(problem)) if _is_maker(problem) else problem
    except (TypeError, ValueError):
        made = None
    if not isinstance(made, Quadratic):
        raise ValueError(
            "problem must be one such as linear_regression(), or a function that makes one from "
            f"condition and angle, such as quadratic_bowl, not {problem!r}"
        )
    if made.start.shape != (2,) or made.hessian.shape != (2, 2):
        raise ValueError(
            "problem must be a single one with two parameters, not one with a start of shape "
            f"{made.start.shape} and a hessian of shape {made.hessian.shape}"
        )
    _check_that_it_can_be_drawn(made)
    return problem


def _check_that_it_can_be_drawn(problem):
    if len(problem.names) != 2:
        raise ValueError(
            f"problem must have two names, one for each parameter, not {problem.names!r}"
        )
    window = plane_window(problem)
    with np.errstate(all="ignore"):
        rise = excess_in(window, problem)[2].max()
        highest = rise + abs(problem.minimum)
    if not (rise > 1e-250 and highest < 1e250):
        raise ValueError(
            "problem must have losses that can be drawn, which rise by more than 1e-250 in some "
            f"direction and stay below 1e250, not {rise} and {highest}"
        )
    if not all(low < high for low, high in window):
        raise ValueError(
            "problem must have a start and an optimum where numbers differ enough for a picture, "
            f"not {problem.start.tolist()} and {problem.optimum.tolist()}"
        )


def _is_maker(problem):
    callable_ = callable(problem) and not isinstance(problem, type) and not is_problem(problem)
    return callable_ and bool(made_from(problem))


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
    known = ", ".join(name for name in HYPERPARAMETERS if name in POSITIONS)
    raise ValueError(
        f"{argument} must be an update rule: a function of theta, gradient and a state, then at "
        f"least one of {known}; not {told}"
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
    if is_whole(n_steps) and 1 <= n_steps <= MOST_STEPS:
        return int(n_steps)
    raise ValueError(f"n_steps must be a whole number from 1 to {MOST_STEPS}, not {n_steps!r}")


def checked_drawn_by(drawn_by):
    """Return who draws: "browser" or "kernel"."""
    if isinstance(drawn_by, str) and drawn_by in ("browser", "kernel"):
        return drawn_by
    raise ValueError(f'drawn_by must be "browser" or "kernel", not {drawn_by!r}')


def checked_sliders(sliders, names):
    """Return the names of the sliders, in the order of the lesson; by default all."""
    if sliders is None:
        return names
    asked = (sliders,) if isinstance(sliders, str) else sliders
    if isinstance(asked, (tuple, list)) and asked and all(name in names for name in asked):
        return [name for name in names if name in asked]
    raise ValueError(f"sliders must be some of {', '.join(names)}, not {sliders!r}")


def first_values(problem, rules, given):
    """Return the first value of every parameter: the given one, or the default.

    Of two rules with the same parameter the default of the first one counts.
    """
    known = maker_parameters(problem)
    values = {name: known[name] for name in made_from(problem)}
    for rule in reversed(rules):
        known = rule_parameters(rule)
        values |= {name: known[name] for name in sliding(rule)}
    names = {
        name: Dial(PARAMETERS[name], POSITIONS[name], 0.0) for name in POSITIONS if name in values
    }
    return checked_values(names, {name: values[name] for name in names} | given)


def checked_runs(dials, problem, rules, n_steps):
    """Return dials; the runs of all their positions must not be too many for a browser."""
    runs = _runs(dials, dials)
    if runs > MOST_RUNS:
        raise ValueError(
            f"sliders must have at most {MOST_RUNS} settings together, not {runs}: choose fewer "
            f'of {", ".join(dials)}, such as sliders=("lr", "{list(dials)[-1]}")'
        )
    runs = sum(_runs(dials, [*sliding(rule), *made_from(problem)]) for rule in rules)
    if runs * n_steps > MOST_POINTS:
        raise ValueError(
            f"n_steps must be at most {MOST_POINTS // runs} for the {runs} settings of "
            f"{len(rules)} rules, not {n_steps}: or choose fewer rules or sliders"
        )
    return dials


def _runs(dials, names):
    return prod(len(dials[name].positions) for name in names if name in dials)
