"""One table: what every function for readers does with values that nobody meant.

Each value either works, where the table says so, or is refused in a ValueError that names the
argument and what is allowed. Nothing else comes out: no other error, no warning.
"""

import ast
import importlib
import inspect
import re
from datetime import date
from decimal import Decimal
from math import inf, nan

import nbformat
import numpy as np
import pytest
from notebook_checks import NOTEBOOKS

from rmsprop_lesson import (
    atlas,
    charts,
    conversion,
    dials,
    exercises,
    explorer,
    lesson,
    optimizers,
    problems,
    races,
    stopping,
    trajectory,
)
from rmsprop_lesson.figures import stability
from rmsprop_lesson.lesson import predict
from rmsprop_lesson.optimizers import rmsprop
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.topics import audit, changing_problems, comparing_charts, findings, limits
from rmsprop_lesson.topics.memory import made_up_gradients, remember
from rmsprop_lesson.topics.settling import schedules
from rmsprop_lesson.trajectory import run


class NoArray:
    """As a tensor that waits for its gradient: it refuses to become an array."""

    def __array__(self, *arguments, **named):
        raise RuntimeError("call detach first")


VALUES = {
    "none": None,
    "true": True,
    "text": "text",
    "empty text": "",
    "a number as text": "0.1",
    "a decimal comma": "0,9",
    "bytes": b"1",
    "complex": 1j,
    "nan": nan,
    "inf": inf,
    "-inf": -inf,
    "-1": -1,
    "-0.5": -0.5,
    "0": 0,
    "0.5": 0.5,
    "1": 1,
    "1e308": 1e308,
    "-1e308": -1e308,
    "denormal": 5e-324,
    "beyond floats": 10**400,
    "long double": np.longdouble("1e4000"),
    "decimal": Decimal("0.5"),
    "date": date(2012, 1, 1),
    "empty list": [],
    "empty array": np.zeros(0),
    "no rows": np.zeros((0, 2)),
    "ragged": [[1], [1, 2]],
    "two axes": np.full((3, 2), 0.5),
    "three axes": np.full((2, 3, 4), 0.5),
    "with nan": [nan, 0.5],
    "huge pair": [1e200, -1e200],
    "texts": ["a", "b"],
    "complexes": [1j, 1],
    "array of none": np.array(None),
    "masked": np.ma.masked,
    "partly masked": np.ma.array([0.5, 1.0], mask=[False, True]),
    "a time": np.timedelta64(1),
    "no time": np.timedelta64("NaT"),
    "records": np.zeros(2, dtype=[("a", float)]),
    "empty dict": {},
    "set": {1},
    "generator": (each for each in range(3)),
    "function": lambda: None,
    "class": int,
    "object": object(),
    "no array": NoArray(),
}
ABOVE_0 = {"0.5", "1", "1e308", "denormal"}
FROM_0 = ABOVE_0 | {"0"}
BELOW_1 = {"0", "0.5", "denormal"}
ONE = FROM_0 | {"-1", "-0.5", "-1e308"}
WHOLE = {"0", "1"}
TEXTS = {"text", "empty text", "a number as text", "a decimal comma"}
LOSS = (charts.Series("loss", "loss"),)
BATCHES = {"two axes", "three axes"}
EMPTY = {"empty list", "empty array", "no rows"}
ANY = set(VALUES)
CALLED = {"function", "class"}  # they are called, and say themselves what is wrong

PROBLEM, PATH = linear_regression(), run(linear_regression(), n_steps=3)
MOVING = changing_problems.drifting(PROBLEM, (0.1, 0.1))
STEP = {"theta": ([1.0, 2.0], {"with nan", "huge pair"})}
STEP["gradient"] = STEP["theta"]
LR, BETA, EPSILON = (0.1, ABOVE_0), (0.9, BELOW_1), (1e-8, FROM_0)
EACH = {
    name: (value, good | BATCHES)
    for name, (value, good) in {"lr": LR, "beta": BETA, "epsilon": EPSILON}.items()
}
PAIR = (0.0, 0.0)
NUMBERS = ONE | {"a number as text", "decimal"}
EXPLORER = explorer.Explorer(PROBLEM, n_steps=2, panels="plane", sliders=("lr", "beta", "epsilon"))

# function: {argument: (a value that works, the names of those above that work, too)}
TABLE = {
    optimizers.rmsprop: STEP
    | {"moving_average": STEP["theta"], "lr": LR, "beta": BETA, "epsilon": EPSILON},
    optimizers.gradient_descent: STEP | {"state": STEP["theta"], "lr": LR},
    optimizers.momentum: STEP | {"velocity": STEP["theta"], "lr": LR, "momentum": BETA},
    optimizers.adagrad: STEP | {"total": STEP["theta"], "lr": LR, "epsilon": EPSILON},
    optimizers.adam: STEP
    | {
        "state": (np.zeros((4, 2)), set()),
        "lr": LR,
        "beta1": BETA,
        "beta2": BETA,
        "epsilon": EPSILON,
    },
    optimizers.rule_parameters: {"rule": (rmsprop, set())},
    problems.linear_regression: {"seed": (0, WHOLE)},
    problems.least_squares: {
        "X": ([1.0, 2.0], set()),
        "y": ([1.0, 2.0], set()),
        "start": (PAIR, {"huge pair"}),
    },
    problems.quadratic_bowl: {
        "condition": (10.0, {"1", "1e308"} | EMPTY),
        "angle": (0.0, ONE | EMPTY | BATCHES | {"huge pair"}),
        "steepest": (4.0, ABOVE_0 | EMPTY | BATCHES),
        "start": (PAIR, {"huge pair"}),
    },
    problems.Quadratic: {
        "hessian": (np.eye(2), set()),
        "c": (PAIR, {"no rows", "two axes", "huge pair"}),
        "optimum": (PAIR, {"no rows", "two axes", "huge pair"}),
        "start": (PAIR, {"no rows", "two axes", "huge pair"}),
        "minimum": (0.0, ONE),
        "names": (("a", "b"), {"texts", "empty list"}),
    },
    charts.Chart: {
        "compute": (lambda lr: {"loss": lr * np.arange(3.0)}, CALLED),
        "dials": ((dials.dial("lr", (0.1, 0.2)),), set()),
        "panels": ((charts.Panel("loss", "Loss", (0, 2), (0, 1), LOSS),), set()),
        "title": ("Chart", TEXTS),
        "n_steps": (2, WHOLE),
        "rows": (None, {"none"}),
        "units": (None, {"none", "empty dict"}),
        "many": (None, {"none"} | CALLED),
        "word": (None, {"none"} | TEXTS),
        "start": (None, {"none"} | WHOLE),
    },
    PROBLEM.loss: {"theta": (PAIR, {"no rows", "two axes", "huge pair", "with nan"})},
    PROBLEM.excess: {"theta": (PAIR, {"no rows", "two axes", "huge pair", "with nan"})},
    PROBLEM.gradient: {"theta": (PAIR, {"no rows", "two axes", "huge pair", "with nan"})},
    trajectory.run: {
        "problem": (PROBLEM, set()),
        "rule": (rmsprop, set()),
        "n_steps": (2, WHOLE),
        "start": (PAIR, {"none", "no rows", "two axes", "huge pair"}),
        "stop": (None, {"none", "empty list"} | CALLED),
        "keep": ("all", set()),
    }
    | EACH,
    stopping.loss_change_below: {"limit": (0.1, ABOVE_0)},
    stopping.gradient_norm_below: {"limit": (0.1, ABOVE_0)},
    stopping.step_below: {"limit": (0.1, ABOVE_0)},
    races.race: {
        "problem": (PROBLEM, set()),
        "rule": (rmsprop, set()),
        "score": (races.stays_below(0.1), CALLED),
        "rates": ([0.1, 0.2], ABOVE_0),
        "n_steps": (2, WHOLE),
        "starts": (None, {"none", "two axes"}),
        "beta": BETA,
    },
    races.stays_below: {"tolerance": (0.1, ABOVE_0)},
    races.first_below: {"tolerance": (0.1, ABOVE_0)},
    races.late_excess: {"path": (PATH, set())},
    races.starts_around: {"problem": (PROBLEM, set())},
    conversion.convert: {
        "source": ("lesson", set()),
        "target": ("Keras", set()),
        "lr": LR,
        "beta": BETA,
        "epsilon": EPSILON,
    },
    dials.dial: {
        "name": ("k", {"text"}),
        "positions": ([0.5, 1.0], set()),
        "first": (0.5, FROM_0 | {"none"}),
        "words": ("k", {"none", "text", "empty text", "a number as text", "a decimal comma"}),
        "meaning": ("", {"text", "empty text", "a number as text", "a decimal comma"}),
        "lower": (0, {"-inf", "-1", "-0.5", "0", "0.5", "-1e308", "denormal"}),
        "upper": (inf, {"inf", "1e308", "long double"}),
    },
    atlas.build_atlas: {
        "problem": (PROBLEM, set()),
        "rule": (rmsprop, set()),
        "positions": ({"lr": [0.1]}, {"none", "empty dict"}),
        "n_steps": (2, WHOLE),
        "unit": (0.001, {"0.5", "1"}),
        "show": (("theta",), set()),
        "fixed": ({}, {"empty dict"}),
    },
    explorer.Explorer: {
        "problem": (PROBLEM, set()),
        "optimizer": (rmsprop, set()),
        "compare": ((), {"empty list"}),
        "n_steps": (2, {"1"}),
        "panels": ("plane", {"none"}),
        "sliders": ("lr", {"none"}),
        "drawn_by": ("browser", set()),
        "lr": LR,
        "beta": BETA,
        "epsilon": EPSILON,
    },
    predict: {"name": ("half_lr", set())},
    lesson.check_number: {"name": ("floor", set()), "answer": (0.1, ANY)},
    stability: {
        "problem": (PROBLEM, set()),
        "effective_lr": (PATH.effective_lr, {"no rows", "two axes", "with nan", "huge pair"}),
    },
    changing_problems.flipping: {
        "problem": (PROBLEM, set()),
        "period": (100, {"1", "1e308"}),
        "factor": (1.0, FROM_0 | BATCHES),
    },
    changing_problems.drifting: {
        "problem": (PROBLEM, set()),
        "velocity": (PAIR, {"no rows", "two axes", "huge pair"}),
    },
    changing_problems.mini_batches: {
        "problem": (PROBLEM, set()),
        "seed": (0, WHOLE),
        "size": (10, set()),
        "number": (3, {"1"}),
    },
    changing_problems.Sparse: {"k": (3, {"1", "1e308"})},
    changing_problems.mean_distance: {"path": (run(MOVING, n_steps=3), set())},
    comparing_charts.batches_chart: {"seed": (0, WHOLE)},
    audit.read_back: {"predictions": (dict.fromkeys(range(1, 8)), ANY)},
    findings.share_of_way: {"rule": (rmsprop, set()), "k": (2, {"1"}), "beta": EACH["beta"]},
    limits.drift: {"cycle": ([1.0, -1.0], set()), "beta": BETA},
    limits.many_to_one: {"small": (9, WHOLE)},
    limits.one_to_many: {"large": (3.0, ONE), "small": (2, WHOLE)},
    limits.spikes: {
        "excess": ([1e-9, 1.0], {"with nan", "huge pair", "empty list", "empty array"}),
        "low": (1e-6, ABOVE_0),
        "high": (1e-3, ABOVE_0),
    },
    limits.walk: {
        "gradients": (
            [1.0, -1.0],
            {"empty list", "empty array", "no rows", "two axes", "huge pair"},
        ),
        "lr": LR,
        "beta": BETA,
        "start": (0.0, ONE),
        "average": (0.0, ONE),
        "ends": ((-1.0, 1.0), set()),
    },
    schedules: {"n_steps": (3, WHOLE)},
    made_up_gradients: {"n": (3, WHOLE)},
    remember: {
        "gradients": ([1.0, 2.0], ONE | EMPTY - {"no rows"} | {"huge pair"}),
        "lr": LR,
        "beta": BETA,
        "epsilon": EPSILON,
    },
    EXPLORER.set: {"lr": LR, "beta": BETA, "epsilon": EPSILON},
    predict("half_lr").answer: {"guess": ("0.01", NUMBERS | {"empty text"})},
}
SAID_OF = {  # where another name than that of the argument says what is wrong
    (dials.dial, "first"): "k",
    (dials.dial, "lower"): "lower|k",
    (dials.dial, "upper"): "upper|k",
    (problems.Quadratic, "start"): "start|hessian",
    (races.race, "beta"): "beta|score",
}
ELSEWHERE = {  # who tests it
    "audit": "read_back reads the same predictions; test_topic_comparing.py",
    "without_checks": "inside the package only",
    "one_number": "inside the package only",
    "stopping_rules": "run hands it its stop",
    "clearly_less": "inside the package only",
} | {name: "test_exercises.py" for name in vars(exercises) if name.startswith("check_")}


def name_of(function):
    return getattr(function, "__qualname__", repr(function))


ARGUMENTS = [(function, argument) for function, given in TABLE.items() for argument in given]


@pytest.mark.parametrize(
    ("function", "argument"), ARGUMENTS, ids=[f"{name_of(f)}-{name}" for f, name in ARGUMENTS]
)
def test_a_value_works_or_is_refused_by_name_and_nothing_else_happens(function, argument):
    given = {name: value for name, (value, _) in TABLE[function].items()}
    good = TABLE[function][argument][1]
    name = SAID_OF.get((function, argument), argument)
    wrong = []
    for label, value in VALUES.items():
        if label in CALLED & good:
            continue
        try:
            function(**given | {argument: value})
            told = None
        except ValueError as error:
            told = str(error)
        except Exception as error:
            wrong.append((label, error))
            continue
        if label in good and told is not None:
            wrong.append((label, told))
        if label not in good and not (
            told and re.search(rf"\b({name})\b", told) and "must" in told
        ):
            wrong.append((label, told or "works"))
    assert wrong == []


@pytest.mark.parametrize("function", TABLE, ids=name_of)
def test_the_table_begins_with_values_that_work(function):
    function(**{name: value for name, (value, _) in TABLE[function].items()})


def test_the_table_has_every_argument_of_each_function():
    for function, given in TABLE.items():
        named = [
            each.name
            for each in inspect.signature(function).parameters.values()
            if each.kind is not each.VAR_KEYWORD
        ]
        assert set(named) <= set(given), name_of(function)


def public_functions(module):
    """Return the functions that a module defines for others, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    }


def used_by(notebook):
    """Return the functions of the package that the cells of a notebook use, by name."""
    used = {}
    code = "\n".join(
        cell.source for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"
    )
    tree = ast.parse(code)
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("rmsprop_lesson"):
            for each in node.names:
                found = getattr(importlib.import_module(node.module), each.name, None)
                if found is None or inspect.ismodule(found):
                    module = importlib.import_module(f"{node.module}.{each.name}")
                    modules[each.asname or each.name] = module
                used[each.name] = found
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) in modules:
            used[node.attr] = getattr(modules[node.value.id], node.attr)
    return {name: value for name, value in used.items() if callable(value)}


def test_no_function_for_readers_is_missing_in_the_table():
    modules = (problems, optimizers, trajectory, stopping, races, conversion, dials, atlas)
    public = [public_functions(module) for module in (*modules, exercises, lesson, explorer)]
    wanted = {}
    for functions in (*public, *map(used_by, NOTEBOOKS)):
        wanted |= functions
    assert {"run", "drift", "mini_batches", "Sparse", "Explorer", "check_rmsprop"} <= wanted.keys()
    missing = [
        name
        for name, function in wanted.items()
        if function not in TABLE
        and name not in ELSEWHERE
        and inspect.signature(function).parameters
    ]
    assert missing == []
