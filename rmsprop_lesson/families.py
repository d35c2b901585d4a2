"""Families: problems that a function makes from named numbers which have sliders.

The contours of a quadratic are ellipses. For each setting the browser gets the matrix that makes
them of circles, and the start; so bowl and path change together.
"""

from itertools import product

import numpy as np

from .binding import is_problem, maker_parameters
from .dials import POSITIONS
from .problems import Quadratic

FRACTIONS = (0.002, 0.01, 0.03, 0.07, 0.14, 0.25, 0.4, 0.6, 0.8)  # of the highest loss shown


def made_from(problem):
    """Return the names of those parameters of a problem that can have a slider."""
    if is_problem(problem):
        return []
    return [name for name in maker_parameters(problem) if name in POSITIONS]


def problem_at(problem, values):
    """Return a problem, made with those of the values that it takes."""
    if is_problem(problem):
        return problem
    return problem(**{name: values[name] for name in made_from(problem)})


def family_of(problem, dials, fixed):
    """Return the problems of all settings as one; None for a problem that nothing changes."""
    names = [name for name in made_from(problem) if name in dials]
    if not names:
        return None
    columns = zip(*product(*(dials[name].positions for name in names)), strict=True)
    return problem_at(problem, fixed | dict(zip(names, map(np.array, columns), strict=True)))


def ground_of(problem):
    """Return what changes with a problem in the plane, ready for JSON.

    A circle of radius r around the origin, put through ``matrix`` and moved to the optimum, is the
    contour on which the loss is r^2 / 2 above its minimum: the matrix is the root of the inverse
    of the Hessian.
    """
    values, directions = np.linalg.eigh(problem.hessian)
    matrix = (directions / np.sqrt(values)) @ directions.T
    return {
        "matrix": matrix.tolist(),
        "hessian": problem.hessian.tolist(),
        "start": problem.start.tolist(),
    }


def grounds_of(problem, dials, fixed, family):
    """Return the grounds of all settings, with their positions and the radii of the contours."""
    names = [name for name in made_from(problem) if name in dials]
    members = zip(family.hessian, family.c, family.optimum, family.start, strict=True)
    return {
        "positions": [[name, list(dials[name].positions)] for name in names],
        "all": [ground_of(Quadratic(*member)) for member in members],
        "radii": np.sqrt(2 * contour_levels(family)).tolist(),
    }


def contour_levels(family):
    """Return the losses at which a family has its contours: the same for all its problems."""
    return family.loss(family.start).max() * np.array(FRACTIONS) * 1.5
