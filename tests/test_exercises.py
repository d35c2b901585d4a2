"""The checks: right answers in many ways, every mistake by its name, and whatever may come."""

import ast
import copy
import functools
import html
import itertools
import math
import random
import re
import sys
import warnings

import numpy as np
import pytest

from rmsprop_lesson import exercises
from rmsprop_lesson.exercises import (
    check_convert_epsilon,
    check_effective_lr,
    check_epsilon_cap,
    check_first_step,
    check_half_life,
    check_memory_weights,
    check_rmsprop,
    check_settled,
)
from rmsprop_lesson.optimizers import rmsprop
from rmsprop_lesson.verdicts import Verdict

CHECKS = {name: getattr(exercises, name) for name in dir(exercises) if name.startswith("check_")}
CHECKS.pop("check_use")
EXERCISES = {
    check_rmsprop: exercises.RMSPROP,
    check_first_step: exercises._FIRST_STEP,
    check_half_life: exercises._HALF_LIFE,
    check_memory_weights: exercises._MEMORY_WEIGHTS,
    check_effective_lr: exercises._EFFECTIVE_LR,
    check_epsilon_cap: exercises._EPSILON_CAP,
    check_convert_epsilon: exercises._CONVERT_EPSILON,
    check_settled: exercises._SETTLED,
}
RULE = """
def my_rmsprop(theta, gradient, moving_average, lr=0.1, beta=0.9, epsilon=1e-8):
    moving_average = beta * moving_average + (1 - beta) * gradient**2
    theta = theta - lr * gradient / np.sqrt(moving_average + epsilon)
    return theta, moving_average
"""


def rule_from(average=None, theta=None, end=None, begin="pass"):
    """Return the right rule with some of its lines written in another way."""
    lines = RULE.strip().splitlines()
    for place, line in ((1, average), (2, theta), (3, end)):
        lines[place] = f"    {line}" if line is not None else lines[place]
    names = {"np": np, "math": math}
    exec("\n".join([lines[0], f"    {begin}", *lines[1:]]), names)
    return names["my_rmsprop"]


def step_for_step(theta, gradient, moving_average, lr=0.1, beta=0.9, epsilon=1e-8):
    theta, moving_average = np.array(theta), np.array(moving_average)
    for place in np.ndindex(theta.shape):
        g = float(np.asarray(gradient)[place])
        moving_average[place] = beta * moving_average[place] + (1 - beta) * g * g
        theta[place] -= lr * g / (math.sqrt(moving_average[place] + epsilon) or math.inf)
    return theta, moving_average


def row_by_row(theta, gradient, moving_average, lr, beta, epsilon):
    """Not for single numbers, which have no len."""
    pairs = [
        rmsprop(theta[i], gradient[i], moving_average[i], lr=lr, beta=beta, epsilon=epsilon)
        for i in range(len(theta))
    ]
    return np.array([t for t, _ in pairs]), np.array([v for _, v in pairs])


class WithCall:
    def __call__(self, theta, gradient, moving_average, *, lr, beta, epsilon):
        return rmsprop(theta, gradient, moving_average, lr=lr, beta=beta, epsilon=epsilon)

    method = __call__


RIGHT_RULES = {
    "the lesson's": rmsprop,
    "as in the text": rule_from(),
    "a product for the square": rule_from(
        "moving_average = beta * moving_average + (1 - beta) * gradient * gradient"
    ),
    "by the difference": rule_from(
        "moving_average = moving_average + (1 - beta) * (gradient**2 - moving_average)"
    ),
    "powers": rule_from(
        "moving_average = np.power(gradient, 2) * (1 - beta) + moving_average * beta",
        "theta = theta - lr * gradient * np.power(moving_average + epsilon, -0.5)",
    ),
    "the inverse of the root": rule_from(
        theta="theta = theta - gradient * lr * np.sqrt(moving_average + epsilon) ** -1"
    ),
    "the effective learning rate first": rule_from(
        theta="theta = theta - lr / np.sqrt(moving_average + epsilon) * gradient"
    ),
    "plus a negative step": rule_from(
        theta="theta = theta + -lr * gradient / (moving_average + epsilon) ** 0.5"
    ),
    "the sign apart": rule_from(
        theta="theta = theta - lr * np.sign(gradient) "
        "/ np.sqrt((moving_average + epsilon) / np.where(gradient == 0, 1, gradient**2))"
    ),
    "a list of two": rule_from(end="return [theta, moving_average]"),
    "copies that it changes": rule_from(
        begin="theta, moving_average = theta.copy(), moving_average.copy()",
        theta="theta -= lr * gradient / np.sqrt(moving_average + epsilon)",
    ),
    "with prints": rule_from(begin="print(theta, lr); import warnings; warnings.warn('mine')"),
    "number for number": step_for_step,
    "row by row": row_by_row,
    "an object": WithCall(),
    "a method": WithCall().method,
    "a partial": functools.partial(rmsprop),
    "a lambda": lambda theta, gradient, moving_average, **named: rmsprop(
        theta, gradient, moving_average, **named
    ),
    "other names": lambda parameters, g, v, lr, beta, epsilon: rmsprop(
        parameters, g, v, lr=lr, beta=beta, epsilon=epsilon
    ),
    "nothing moves at 0 / 0": rule_from(
        theta="theta = theta - np.where(gradient == 0, 0, "
        "lr * gradient / np.sqrt(moving_average + epsilon))"
    ),
}


@pytest.mark.parametrize("way", RIGHT_RULES)
def test_a_right_rule_is_right_however_it_is_written(way, capfd):
    verdict = check_rmsprop(RIGHT_RULES[way])
    assert verdict, verdict
    assert verdict.right is True
    assert capfd.readouterr() == ("", "")


V = "moving_average = "
T = "theta = theta "
WRONG_RULES = [
    # the average
    ("1 − beta is missing", {"average": f"{V}beta * moving_average + gradient**2"}),
    ("swapped", {"average": f"{V}(1 - beta) * moving_average + beta * gradient**2"}),
    ("not squared", {"average": f"{V}beta * moving_average + (1 - beta) * gradient"}),
    ("not squared", {"average": f"{V}beta * moving_average + gradient"}),
    ("Brackets are missing around", {"average": f"{V}beta*moving_average + 1-beta*gradient**2"}),
    ("doubled", {"average": f"{V}beta * moving_average + (1 - beta) * gradient * 2"}),
    ("absolute value", {"average": f"{V}beta * moving_average + (1 - beta) * abs(gradient)"}),
    ("AdaGrad", {"average": f"{V}moving_average + gradient**2"}),
    ("beta is missing", {"average": f"{V}moving_average + (1 - beta) * gradient**2"}),
    ("forgotten", {"average": f"{V}(1 - beta) * gradient**2"}),
    ("only the newest square", {"average": f"{V}gradient**2"}),
    ("left out", {"average": f"{V}beta * moving_average"}),
    ("whole average is squared", {"average": f"{V}(beta*moving_average + (1-beta)*gradient)**2"}),
    ("1 − beta is squared", {"average": f"{V}beta*moving_average + ((1 - beta) * gradient)**2"}),
    ("squared again", {"average": f"{V}beta * moving_average**2 + (1 - beta) * gradient**2"}),
    ("taken away", {"average": f"{V}beta * moving_average - (1 - beta) * gradient**2"}),
    ("comes back as it was", {"begin": "old = moving_average", "end": "return theta, old"}),
    (
        "root of the average comes back",
        {"end": "return theta, np.sqrt(moving_average)"},
    ),
    (
        "epsilon is added to the average",
        {"average": f"{V}beta * moving_average + (1 - beta) * gradient**2 + epsilon"},
    ),
    (
        "starts at the squared gradient",
        {
            "average": f"{V}np.where(moving_average == 0, gradient**2, "
            "beta * moving_average + (1 - beta) * gradient**2)"
        },
    ),
    (
        "starts at the squared gradient",
        {
            "average": f"{V}beta * moving_average + (1 - beta) * gradient**2 "
            "if np.any(moving_average) else gradient**2"
        },
    ),
    (
        "starts at one",
        {"begin": "moving_average = np.where(moving_average == 0, 1, moving_average)"},
    ),
    (
        "starts at one",
        {"begin": "moving_average = moving_average if np.any(moving_average) else theta * 0 + 1"},
    ),
    # the step
    ("outside the root", {"theta": f"{T}- lr * gradient / (np.sqrt(moving_average) + epsilon)"}),
    ("epsilon is missing", {"theta": f"{T}- lr * gradient / np.sqrt(moving_average)"}),
    ("twice", {"theta": f"{T}- lr * gradient / (np.sqrt(moving_average + epsilon) + epsilon)"}),
    ("epsilon is squared", {"theta": f"{T}- lr * gradient / np.sqrt(moving_average + epsilon**2)"}),
    (
        "lower limit",
        {"theta": f"{T}- lr * gradient / np.sqrt(np.maximum(moving_average, epsilon))"},
    ),
    ("subtracted", {"theta": f"{T}- lr * gradient / np.sqrt(moving_average - epsilon)"}),
    ("root is missing. ", {"theta": f"{T}- lr * gradient / (moving_average + epsilon)"}),
    ("Write **(1/2)", {"theta": f"{T}- lr * gradient / (moving_average + epsilon)**1/2"}),
    ("uphill", {"theta": f"{T}+ lr * gradient / np.sqrt(moving_average + epsilon)"}),
    ("uphill", {"theta": f"{T}+ lr * gradient / (np.sqrt(moving_average) + epsilon)"}),
    ("lr is missing", {"theta": f"{T}- gradient / np.sqrt(moving_average + epsilon)"}),
    ("lr stands inside", {"theta": f"{T}- gradient * np.sqrt(lr / (moving_average + epsilon))"}),
    ("lr stands inside", {"theta": f"{T}- gradient / np.sqrt(lr * (moving_average + epsilon))"}),
    ("lr stands inside", {"theta": f"{T}- gradient / np.sqrt(lr * moving_average + epsilon)"}),
    ("divided by lr", {"theta": f"{T}- gradient / (lr * np.sqrt(moving_average + epsilon))"}),
    ("multiplied by the root", {"theta": f"{T}- lr * gradient * np.sqrt(moving_average+epsilon)"}),
    ("gradient is missing in", {"theta": f"{T}- lr / np.sqrt(moving_average + epsilon)"}),
    ("squared in the step", {"theta": f"{T}- lr * gradient**2 / np.sqrt(moving_average+epsilon)"}),
    ("gradient descent", {"theta": f"{T}- lr * gradient"}),
    ("Brackets", {"theta": f"{T}- lr * gradient / np.sqrt(moving_average) + epsilon"}),
    ("Brackets", {"theta": f"{T}- (lr * gradient / np.sqrt(moving_average) + epsilon)"}),
    ("Brackets", {"theta": f"{T}- lr * gradient / moving_average + epsilon"}),
    ("theta comes back as it was", {"theta": "pass"}),
    (
        "before its update",
        {
            "begin": f"{T}- lr * gradient / np.sqrt(moving_average + epsilon)",
            "theta": "pass",
        },
    ),
    (
        "before its update, and epsilon",
        {
            "begin": f"{T}- lr * gradient / (np.sqrt(moving_average) + epsilon)",
            "theta": "pass",
        },
    ),
    ("Take it from", {"theta": "theta = lr * gradient / np.sqrt(moving_average + epsilon)"}),
    ("Add it to", {"theta": "theta = -lr * gradient / np.sqrt(moving_average + epsilon)"}),
    # both
    (
        "momentum",
        {"average": f"{V}beta * moving_average + gradient", "theta": f"{T}- lr * moving_average"},
    ),
    (
        "momentum",
        {
            "average": f"{V}beta * moving_average + (1 - beta) * gradient",
            "theta": f"{T}- lr * moving_average",
        },
    ),
    (
        "momentum",
        {"average": f"{V}beta * moving_average - lr * gradient", "theta": f"{T}+ moving_average"},
    ),
    (
        "momentum",
        {"average": f"{V}beta * moving_average + lr * gradient", "theta": f"{T}- moving_average"},
    ),
    ("wrong order", {"end": "return moving_average, theta"}),
    (
        "bias correction",
        {"theta": f"{T}- lr * gradient / np.sqrt(moving_average / (1 - beta) + epsilon)"},
    ),
    (
        "bias correction",
        {
            "begin": "step = my_rmsprop.step = getattr(my_rmsprop, 'step', 0) + 1",
            "theta": f"{T}- lr*gradient / (np.sqrt(moving_average / (1 - beta**step)) + epsilon)",
        },
    ),
    # what the numbers depend on
    ("does not change when lr", {"begin": "lr = 0.05"}),
    ("does not change when lr", {"begin": "lr = 0.1"}),
    ("does not change when beta", {"begin": "beta = 0.9"}),
    ("does not change when epsilon", {"begin": "epsilon = 1e-8"}),
    ("does not change when gradient", {"begin": "gradient = 3 * theta"}),
    ("does not change when moving_average", {"begin": "moving_average = theta**2"}),
    ("does not change when theta", {"begin": "theta = gradient / 2"}),
    ("mean, sum, max", {"average": f"{V}beta*moving_average + (1-beta)*np.mean(gradient**2)"}),
    ("mean, sum, max", {"average": f"{V}beta*moving_average + (1-beta)*np.sum(gradient**2)"}),
    ("mean, sum, max", {"average": f"{V}beta*moving_average + (1-beta)*np.max(gradient**2)"}),
    ("mean, sum, max", {"average": f"{V}beta*moving_average + (1-beta)*gradient @ gradient.T"}),
    ("mean, sum, max", {"average": f"{V}np.mean(beta*moving_average + (1-beta)*gradient**2)"}),
    ("mean, sum, max", {"theta": f"{T}- lr * gradient / np.linalg.norm(moving_average + epsilon)"}),
    ("mean, sum, max", {"theta": f"{T}- lr*gradient/np.sqrt(np.mean(moving_average, -1)+epsilon)"}),
    ("mean, sum, max", {"begin": "gradient = gradient / np.linalg.norm(gradient)"}),
    # in place
    ("changes theta in place", {"theta": "theta -= lr*gradient/np.sqrt(moving_average+epsilon)"}),
    ("changes moving_average in place", {"begin": "moving_average *= 1.5"}),
    ("changes gradient in place", {"begin": "gradient[...] = 0"}),
    ("changes theta in place", {"begin": "theta.shape = (1, *theta.shape)", "end": "return 1, 2"}),
    # what comes back
    ("Nothing is filled in", {"end": "pass"}),
    ("Nothing is filled in", {"end": "return None"}),
    ("Nothing is filled in", {"end": "return ..."}),
    ("Nothing is filled in", {"begin": "raise NotImplementedError"}),
    ("Nothing is filled in", {"begin": "raise NotImplementedError('later')"}),
    ("Nothing is filled in", {"begin": "return theta, moving_average"}),
    ("Nothing is filled in", {"begin": "return NotImplemented"}),
    ("Not everything is filled in", {"average": "moving_average = ..."}),
    ("Not everything is filled in", {"average": "moving_average = None"}),
    ("Not everything is filled in", {"theta": "theta = ..."}),
    ("Not everything is filled in", {"begin": "return None, None"}),
    ("Two things must come back", {"end": "return theta"}),
    ("Two things must come back", {"end": "return moving_average"}),
    ("Two things must come back", {"end": "return np.array([theta, moving_average])"}),
    ("Two things must come back", {"end": "return 'theta'"}),
    ("Two things must come back", {"end": "return {'theta': theta}"}),
    ("Two things must come back", {"end": "return {theta.size, 2}"}),
    ("Two things must come back", {"end": "return 7"}),
    ("Two things must come back", {"end": "return my_rmsprop"}),
    ("Two things must come back", {"end": "return object"}),
    ("Two things must come back", {"end": "return object()"}),
    ("returns 3 things", {"end": "return theta, moving_average, lr"}),
    ("returns 0 things", {"end": "return ()"}),
    ("as a list", {"end": "return list(theta), moving_average"}),
    ("as a list", {"end": "return theta, moving_average.tolist()"}),
    ("as a tuple", {"end": "return tuple(theta), moving_average"}),
    ("numbers only", {"end": "return 'theta', moving_average"}),
    ("numbers only", {"end": "return theta, object()"}),
    ("numbers only", {"end": "return theta > 0, moving_average"}),
    ("numbers only", {"end": "return theta, (number for number in theta)"}),
    ("complex", {"end": "return theta + 1j, moving_average"}),
    ("wrong shape", {"end": "return theta[None], moving_average"}),
    ("wrong shape", {"end": "return theta, moving_average.reshape(-1, 1)"}),
    ("wrong shape", {"end": "return theta[:0], moving_average"}),
    ("wrong shape", {"end": "return np.atleast_1d(theta), moving_average"}),
    ("one number, but not for an array", {"begin": "lr = lr if gradient > 0 else lr"}),
    ("one number, but not for an array", {"begin": "gradient = float(gradient)"}),
    ("one number, but not for an array", {"theta": "theta = math.sqrt(theta)**2"}),
    ("NaN", {"end": "return theta * np.nan, moving_average"}),
    ("infinite", {"end": "return theta, moving_average / 0"}),
    ("close, but not equal", {"end": "return theta, np.round(moving_average, 12) * 1.00001"}),
    ("close, but not equal", {"end": "return theta, moving_average.astype(np.float32)"}),
    ("moving_average is not right yet", {"end": "return theta, moving_average * 1.1"}),
    ("theta is not right yet", {"end": "return theta * 1.1, moving_average"}),
    ("epsilon of its own", {"begin": "epsilon = epsilon or 0.5"}),
    (
        "epsilon of its own",
        {"end": "return np.where(gradient == epsilon, 5, theta), moving_average"},
    ),
    ("moving_average is not right", {"begin": "beta = beta or 0.9"}),
    # errors
    ("NameError: name 'gamma' is not defined", {"begin": "beta = gamma"}),
    ("A power is written **", {"average": f"{V}beta*moving_average + (1-beta)*gradient^2"}),
    ("A power is written **", {"theta": f"{T}- lr*gradient / (moving_average + epsilon)^0.5"}),
    ("Write np.sqrt.", {"theta": f"{T}- lr * gradient / sqrt(moving_average + epsilon)"}),
    ("gradient comes in as gradient", {"average": f"{V}beta*moving_average + (1-beta)*g**2"}),
    ("average comes in as moving_average", {"begin": "v = beta * v + (1 - beta) * gradient**2"}),
    ("uses a name before", {"begin": "x = y; y = 1"}),
    ("divides by zero", {"begin": "1 / 0"}),
    ("ValueError: no", {"begin": "raise ValueError('no')"}),
    ("SystemExit", {"begin": "raise SystemExit"}),
    ("SystemExit", {"begin": "import sys; sys.exit(3)"}),
    ("KeyboardInterrupt", {"begin": "raise KeyboardInterrupt"}),
    ("GeneratorExit", {"begin": "raise GeneratorExit"}),
    ("BaseException", {"begin": "raise BaseException"}),
    ("MemoryError", {"begin": "raise MemoryError"}),
    ("ExceptionGroup", {"begin": "raise ExceptionGroup('g', [ValueError(1)])"}),
    ("StopIteration", {"begin": "raise StopIteration"}),
    ("UnboundLocalError", {"begin": "del theta"}),
    ("calls itself", {"begin": "my_rmsprop(theta, gradient, moving_average)"}),
    ("asks for input", {"begin": "lr = float(input())"}),
    ("does not come to an end", {"begin": "while True: pass"}),
    ("does not come to an end", {"begin": "import itertools; sum(1 for _ in itertools.count())"}),
    ("does not come to an end", {"begin": "import itertools; [0 for _ in itertools.count()]"}),
    ("does not come to an end", {"begin": "import itertools\n    for _ in itertools.count():\n"
                                 "        try: 1 / 0\n        except Exception: pass"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "changed"), WRONG_RULES, ids=[f"{i} {word}" for i, (word, _) in enumerate(WRONG_RULES)]
)
def test_a_wrong_rule_is_told_its_mistake_by_name(word, changed, capfd):
    verdict = check_rmsprop(rule_from(**changed))
    assert not verdict
    assert word in verdict.message
    assert capfd.readouterr() == ("", "")
    assert verdict == check_rmsprop(rule_from(**changed)), "the message differs the second time"


def forgets_nothing():
    memory = {}

    def my_rmsprop(theta, gradient, moving_average, lr, beta, epsilon):
        memory["v"] = beta * memory.get("v", 0) + (1 - beta) * np.sum(gradient**2)
        kept = moving_average * 0 + memory["v"]
        return theta - lr * gradient / np.sqrt(kept + epsilon), kept

    return my_rmsprop


def changes_after(calls, otherwise):
    count = itertools.count()

    def my_rmsprop(*arrays, **named):
        theta, moving_average = rmsprop(*arrays, **named)
        return (theta if next(count) < calls else otherwise(theta)), moving_average

    return my_rmsprop


def draws(*arrays, **named):
    theta, moving_average = rmsprop(*arrays, **named)
    return theta + random.random(), moving_average


def hands_out_one_array():
    kept = {}

    def my_rmsprop(*arrays, **named):
        theta, moving_average = rmsprop(*arrays, **named)
        out = kept.setdefault(np.shape(theta), np.array(theta))
        out[...] = theta
        return (out if out.ndim else out[()]), moving_average

    return my_rmsprop


def test_a_rule_that_remembers_or_draws_is_told_so():
    for rule in (forgets_nothing(), draws, changes_after(40, np.sin), changes_after(3, np.sin)):
        verdict = check_rmsprop(rule)
        assert not verdict
        assert "answers the same question differently" in verdict.message


def test_a_rule_that_hands_out_one_array_again_and_again_is_told_so():
    verdict = check_rmsprop(hands_out_one_array())
    assert not verdict
    assert "a run on its own answers goes wrong at step" in verdict.message


def test_the_choice_at_zero_by_zero_is_free():
    nan_there = rule_from()
    with np.errstate(invalid="ignore"):
        assert np.isnan(nan_there(np.ones(1), np.zeros(1), np.zeros(1), epsilon=0)[0])
    assert check_rmsprop(nan_there)
    assert rmsprop(np.ones(1), np.zeros(1), np.zeros(1), epsilon=0)[0] == 1
    assert check_rmsprop(rmsprop)
    stops_there = rule_from(begin="assert np.all(epsilon > 0)")
    assert check_rmsprop(stops_there)


def same_numbers(one, other):
    """Compare two rules on inputs of our own; used to tell whether a mutant is one."""
    rng = np.random.default_rng(2)
    for _ in range(4):
        arrays = [rng.normal(size=4), rng.normal(size=4), rng.uniform(0.1, 2, size=4)]
        named = {"lr": rng.uniform(), "beta": rng.uniform(), "epsilon": rng.uniform()}
        with np.errstate(all="ignore"):
            answers = [rule(*(a.copy() for a in arrays), **named) for rule in (one, other)]
        for mine, its in zip(*answers, strict=True):
            if np.shape(mine) != np.shape(its) or not np.allclose(mine, its, rtol=1e-7, atol=0):
                return False
    return True


def mutants():
    """Return the right rule with one operator, number or name after another changed."""
    tree, found = ast.parse(RULE), []
    body = tree.body[0].body
    operators = [ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow]
    names = ["theta", "gradient", "moving_average", "lr", "beta", "epsilon"]
    places = [(i, j) for i, each in enumerate(body) for j, node in enumerate(ast.walk(each))]
    for i, j in places:
        node = list(ast.walk(body[i]))[j]
        if isinstance(node, ast.BinOp):
            changes = [("op", kind()) for kind in operators if not isinstance(node.op, kind)]
        elif isinstance(node, ast.Constant):
            others = {0, 0.5, 1, 1.0001, 2, 3} - {node.value}
            changes = [("value", value) for value in sorted(others)]
        elif isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
            changes = [("id", name) for name in names if name != node.id]
        else:
            continue
        for field, value in changes:
            mutant = copy.deepcopy(tree)
            setattr(list(ast.walk(mutant.body[0].body[i]))[j], field, value)
            source = ast.unparse(ast.fix_missing_locations(mutant))
            scope = {"np": np}
            exec(source, scope)
            found.append((source, scope["my_rmsprop"]))
    return found


def test_no_rule_with_one_sign_number_or_name_changed_is_right():
    right, tried = rule_from(), mutants()
    assert len(tried) > 100
    wrong = [each for each in tried if not same_numbers(right, each[1])]
    assert len(wrong) > 0.9 * len(tried)
    for source, mutant in wrong:
        verdict = check_rmsprop(mutant)
        assert not verdict, source
        assert "could not be checked" not in verdict.message, (source, verdict)


RIGHT = {
    check_first_step: [
        lambda lr, beta: lr / math.sqrt(1 - beta),
        lambda lr, beta: lr / (1 - beta) ** 0.5,
        lambda lr, beta: lr * (1 - beta) ** -0.5,
        lambda lr, beta: np.sqrt(lr**2 / (1 - beta)),
        lambda lr, beta: lr * np.sqrt(1 / (1 - beta)),
        lambda beta, lr: lr / math.exp(math.log(1 - beta) / 2),
        lambda rate, memory: abs(rmsprop(0.0, 1.0, 0.0, lr=rate, beta=memory, epsilon=0)[0]),
    ],
    check_half_life: [
        lambda beta: math.log(1 / 2) / math.log(beta),
        lambda beta: math.log(0.5, beta),
        lambda beta: -math.log(2) / math.log(beta),
        lambda beta: np.log2(0.5) / np.log2(beta),
        lambda beta: np.log(2) / -np.log(beta),
        lambda b: 1 / math.log2(1 / b),
    ],
    check_memory_weights: [
        lambda beta, n: (1 - beta) * beta ** np.arange(n),
        lambda beta, n: [(1 - beta) * beta**k for k in range(n)],
        lambda beta, n: tuple(beta**k - beta ** (k + 1) for k in range(n)),
        lambda beta, n: (1 - beta) * np.cumprod([1] + [beta] * (n - 1)),
        lambda beta, n: ((1 - beta) * np.power(beta, range(n))).tolist(),
        lambda n, beta: (1 - beta) * np.vander([beta], n, increasing=True)[0],
    ],
    check_effective_lr: [
        lambda lr, moving_average, epsilon: lr / np.sqrt(moving_average + epsilon),
        lambda lr, moving_average, epsilon: lr * (moving_average + epsilon) ** -0.5,
        lambda lr, v, epsilon: 1 / (np.sqrt(v + epsilon) / lr),
        lambda lr, v, epsilon: np.sqrt(lr * lr / (epsilon + v)),
        lambda epsilon, lr, moving_average: lr / np.power(moving_average + epsilon, 0.5),
        lambda lr, moving_average, epsilon: rmsprop.effective_lr(
            moving_average, lr=lr, epsilon=epsilon
        ),
    ],
    check_epsilon_cap: [
        lambda lr, epsilon: lr / math.sqrt(epsilon),
        lambda lr, epsilon: lr / epsilon**0.5,
        lambda lr, epsilon: lr * epsilon**-0.5,
        lambda lr, epsilon: np.sqrt(lr**2 / epsilon),
        lambda epsilon, lr: lr / np.sqrt(epsilon),
        lambda lr, e: rmsprop.effective_lr(0.0, lr=lr, epsilon=e),
    ],
    check_convert_epsilon: [
        math.sqrt,
        np.sqrt,
        lambda epsilon: epsilon**0.5,
        lambda inside: pow(inside, 1 / 2),
        lambda epsilon: math.exp(math.log(epsilon) / 2),
        lambda epsilon: epsilon / math.sqrt(epsilon),
    ],
    check_settled: [
        lambda before, last: (before + last) / 2,
        lambda before, last: 0.5 * before + 0.5 * last,
        lambda before, last: before + (last - before) / 2,
        lambda before, last: np.mean([before, last], axis=0),
        lambda before, last: np.median([before, last], axis=0),
        lambda a, b: [(x + y) / 2 for x, y in zip(a, b, strict=True)],
        lambda last, before: np.average(np.stack([last, before]), axis=0),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("check", "place"), [(check, i) for check in RIGHT for i in range(len(RIGHT[check]))]
)
def test_a_right_answer_is_right_however_it_is_written(check, place):
    verdict = check(RIGHT[check][place])
    assert verdict, verdict


def rounded(function, digits=0):
    return lambda *values, **named: round(function(*values, **named), digits)


def half_life(beta):
    return math.log(0.5) / math.log(beta)


WRONG = [
    (check_first_step, "lr alone", lambda lr, beta: lr),
    (check_first_step, "root is missing. ", lambda lr, beta: lr / (1 - beta)),
    (check_first_step, "Write **(1/2)", lambda lr, beta: lr / (1 - beta) ** 1 / 2),
    (check_first_step, "with lr and beta alone", lambda lr, beta: lr * g / (1 - beta)),  # noqa: F821
    (check_first_step, "with lr and beta alone", lambda lr, beta: lr * gradient),  # noqa: F821
    (check_first_step, "multiplied by the root", lambda lr, beta: lr * math.sqrt(1 - beta)),
    (check_first_step, "multiplied by 1 − beta", lambda lr, beta: lr * (1 - beta)),
    (check_first_step, "1 − beta belongs", lambda lr, beta: lr / np.sqrt(beta)),
    (check_first_step, "without the root", lambda lr, beta: lr / np.float64(beta)),
    (check_first_step, "lr is missing", lambda lr, beta: 1 / math.sqrt(1 - beta)),
    (check_first_step, "inside the root", lambda lr, beta: math.sqrt(lr / (1 - beta))),
    (check_first_step, "not negative", lambda lr, beta: -lr / math.sqrt(1 - beta)),
    (check_first_step, "when beta changes from 0.75 to 0.5", lambda lr, beta: 3.16 * lr),
    (check_first_step, "when lr changes", lambda lr, beta: 0.1 / math.sqrt(1 - beta)),
    (check_first_step, "close", rounded(lambda lr, beta: lr / math.sqrt(1 - beta), 4)),
    (check_first_step, "without the root", lambda lr, beta: lr / beta),
    (check_half_life, "1 / beta is not", lambda beta: 1 / beta),
    (check_half_life, "window, not", lambda beta: 1 / (1 - beta)),
    (check_half_life, "beta / 2 is not", lambda beta: beta / 2),
    (check_half_life, "upside down", lambda beta: math.log(beta) / math.log(0.5)),
    (check_half_life, "sign is wrong", lambda beta: math.log(2) / math.log(beta)),
    (check_half_life, "1 − beta stands", lambda beta: math.log(0.5) / math.log(1 - beta)),
    (check_half_life, "1 / e", lambda beta: -1 / math.log(beta)),
    (check_half_life, "half of the window", lambda beta: 0.5 / (1 - beta)),
    (check_half_life, "rounded to whole", rounded(half_life)),
    (check_half_life, "rounded up", lambda beta: math.ceil(round(half_life(beta), 9))),
    (check_half_life, "rounded down", lambda beta: int(round(half_life(beta), 9))),
    (check_half_life, "when beta changes", lambda beta: 6.58),
    (check_half_life, "close", rounded(half_life, 3)),
    (check_memory_weights, "oldest", lambda beta, n: (1 - beta) * beta ** np.arange(n)[::-1]),
    (check_memory_weights, "so they sum to more", lambda beta, n: beta ** np.arange(n)),
    (
        check_memory_weights,
        "sum to 2.343 with beta 0.5 and n 6. Those of an average never sum to more than 1. Is",
        lambda beta, n: (1 - beta) * 0.9 ** np.arange(n),
    ),
    (check_memory_weights, "when beta changes", lambda beta, n: 7 / n / 4 + np.zeros(n)),
    (check_memory_weights, "close", lambda beta, n: 1.0001 * (1 - beta) * beta ** np.arange(n)),
    (check_memory_weights, "not right", lambda beta, n: (1 - beta) * beta ** np.arange(n) + 1e-4),
    (check_memory_weights, "Brackets", lambda beta, n: 1 - beta * beta ** np.arange(n)),
    (check_memory_weights, "A power is", lambda beta, n: (1 - beta) * beta * np.arange(n)),
    (check_memory_weights, "other way", lambda beta, n: (1 - beta) * np.arange(n) ** beta),
    (
        check_memory_weights,
        "divided by their sum",
        lambda beta, n: beta ** np.arange(n) / sum(beta ** np.arange(n)),
    ),
    (
        check_memory_weights,
        "powers begin at one. The",
        lambda beta, n: (1 - beta) * beta ** np.arange(1, n + 1),
    ),
    (check_memory_weights, "1 − beta", lambda beta, n: beta ** np.arange(1, n + 1)),
    (check_memory_weights, "swapped", lambda beta, n: beta * (1 - beta) ** np.arange(n)),
    (check_memory_weights, "same weight", lambda beta, n: [1 - beta] * n),
    (check_memory_weights, "same weight", lambda beta, n: [1 / n] * n),
    (
        check_memory_weights,
        "wrong shape for beta 0.9 and n 3: shape (4,)",
        lambda beta, n: (1 - beta) * beta ** np.arange(n + 1),
    ),
    (check_memory_weights, "one number", lambda beta, n: 1 - beta),
    (check_memory_weights, "when beta changes", lambda beta, n: 0.1 * 0.9 ** np.arange(n)),
    (check_effective_lr, "outside", lambda lr, v, epsilon: lr / (np.sqrt(v) + epsilon)),
    (check_effective_lr, "epsilon is missing", lambda lr, v, epsilon: lr / np.sqrt(v)),
    (check_effective_lr, "root is missing. ", lambda lr, v, epsilon: lr / (v + epsilon)),
    (check_effective_lr, "Write **(1/2)", lambda lr, v, epsilon: lr / (v + epsilon) ** 1 / 2),
    (check_effective_lr, "lr alone", lambda lr, v, epsilon: lr),
    (check_effective_lr, "are mixed", lambda lr, v, e: lr / np.sqrt(np.mean(v) + e)),
    (check_effective_lr, "are mixed", lambda lr, v, e: np.mean(lr / np.sqrt(v + e))),
    (check_effective_lr, "no part of it", lambda lr, v, e: lr * gradient),  # noqa: F821
    (check_effective_lr, "no part of it", lambda lr, v, e: lr * g / np.sqrt(v)),  # noqa: F821
    (check_effective_lr, "lr is missing", lambda lr, v, epsilon: 1 / np.sqrt(v + epsilon)),
    (check_effective_lr, "multiplied", lambda lr, v, epsilon: lr * np.sqrt(v + epsilon)),
    (check_effective_lr, "lr stands inside", lambda lr, v, epsilon: np.sqrt(lr / (v + epsilon))),
    (check_effective_lr, "Brackets", lambda lr, v, epsilon: lr / np.sqrt(v) + epsilon),
    (check_effective_lr, "upside down", lambda lr, v, epsilon: np.sqrt(v + epsilon) / lr),
    (check_effective_lr, "not for an array", lambda lr, v, e: lr / math.sqrt(v + e)),
    (check_effective_lr, "wrong shape", lambda lr, v, e: lr / np.sqrt(np.max(v) + e)),
    (check_epsilon_cap, "root is missing. ", lambda lr, epsilon: lr / epsilon),
    (check_epsilon_cap, "Write **(1/2)", lambda lr, epsilon: lr / epsilon**1 / 2),
    (check_epsilon_cap, "multiplied by the root", lambda lr, epsilon: lr * math.sqrt(epsilon)),
    (check_epsilon_cap, "multiplied by epsilon", lambda lr, epsilon: lr * epsilon),
    (check_epsilon_cap, "lr stands inside", lambda lr, epsilon: math.sqrt(lr / epsilon)),
    (check_epsilon_cap, "lr is missing", lambda lr, epsilon: 1 / math.sqrt(epsilon)),
    (check_epsilon_cap, "lr and the root", lambda lr, epsilon: 1 / epsilon),
    (check_epsilon_cap, "upside down", lambda lr, epsilon: math.sqrt(epsilon) / lr),
    (check_epsilon_cap, "lr alone", lambda lr, epsilon: lr),
    (check_epsilon_cap, "squared", lambda lr, epsilon: lr / epsilon**2),
    (check_convert_epsilon, "same epsilon", lambda epsilon: epsilon),
    (check_convert_epsilon, "squared", lambda epsilon: epsilon**2),
    (check_convert_epsilon, "Write **(1/2)", lambda epsilon: epsilon**1 / 2),
    (check_convert_epsilon, "upside down", lambda epsilon: epsilon**-0.5),
    (check_convert_epsilon, "sign", lambda epsilon: -math.sqrt(epsilon)),
    (check_convert_epsilon, "when epsilon changes", lambda epsilon: 1e-4),
    (check_settled, "takes the last theta.", lambda before, last: last),
    (check_settled, "last theta but one", lambda before, last: before),
    (check_settled, "not divided", lambda before, last: before + last),
    (check_settled, "half of the difference", lambda before, last: (last - before) / 2),
    (check_settled, "half of the difference", lambda before, last: (before - last) / 2),
    (check_settled, "takes the difference", lambda before, last: last - before),
    (check_settled, "takes the difference", lambda before, last: before - last),
    (check_settled, "Brackets", lambda before, last: before + last / 2),
    (check_settled, "Brackets", lambda before, last: last + before / 2),
    (check_settled, "mixed into one", lambda before, last: np.mean([before, last])),
    (check_settled, "parameters are mixed", lambda a, b: np.mean([a, b], axis=1)),
    (check_settled, "larger", np.maximum),
    (check_settled, "multiplies", lambda before, last: np.sqrt(before * last)),
    (check_settled, "changes before in place", lambda before, last: before.__iadd__(last) / 2),
]


@pytest.mark.parametrize(
    ("check", "word", "answer"), WRONG, ids=[f"{i} {each[1]}" for i, each in enumerate(WRONG)]
)
def test_a_wrong_answer_is_told_its_mistake_by_name(check, word, answer):
    verdict = check(answer)
    assert not verdict
    assert word in verdict.message


def test_every_mistake_that_has_a_name_is_made_here():
    told = {check: [] for check in CHECKS.values()}
    told[check_rmsprop] = [
        check_rmsprop(rule_from(**changed)).message
        for word, changed in WRONG_RULES
        if "end" not in word
    ]
    for check, _, answer in WRONG:
        told[check].append(check(answer).message)
    for check, exercise in EXERCISES.items():
        for part in exercise.wrong.values():
            for message, _ in part:
                assert any(each.startswith(message) for each in told[check]), message


class Hostile:
    """Raises whatever is done with it."""

    def __getattribute__(self, name):
        raise SystemExit(name)

    def __repr__(self):
        raise KeyboardInterrupt

    def __iter__(self):
        raise SystemExit

    __array__ = __float__ = __len__ = __eq__ = __bool__ = __getitem__ = __iter__
    __hash__ = None


class ArrayThatRaises:
    def __array__(self, *arguments, **named):
        raise SystemExit


class LengthThatRaises(tuple):
    def __len__(self):
        raise KeyboardInterrupt


class NamedOddly:
    @property
    def __name__(self):
        raise SystemExit

    def __call__(self, *arguments, **named):
        raise TextThatRaises


class TextThatRaises(BaseException):
    def __str__(self):
        raise SystemExit


async def asynchronous(*arguments, **named):
    return arguments


async def asynchronous_generator(*arguments, **named):
    yield arguments


def generator(*arguments, **named):
    yield arguments


def ends_the_loop(*arguments, **named):
    for _ in itertools.count():
        pass


PASSED = {
    "None": (None, "no function yet"),
    "dots": (..., "no function yet"),
    "text": ("my_rmsprop", "a text, not a function"),
    "number": (3, "not a function"),
    "what it returned": ((np.ones(2), np.ones(2)), "without brackets"),
    "array": (np.ones(2), "not a function"),
    "class": (WithCall, "is a class"),
    "builtin class": (int, "is a class"),
    "async": (asynchronous, "async"),
    "async generator": (asynchronous_generator, "async"),
    "generator": (generator, "contains yield"),
    "generator itself": (generator(), "not a function"),
    "no arguments": (lambda: 1, "Its own arguments are: none."),
    "many arguments": (lambda a, b, c, d, e, f, g: 1, "Its own arguments are: a, b, c, d, e, f, g"),
    "hostile": (Hostile(), "could not be checked"),
    "odd name": (NamedOddly(), ""),
    "module": (math, "not a function"),
    "endless": (ends_the_loop, "does not come to an end"),
    "print": (print, ""),
    "max": (max, ""),
    "dict": ({}.get, ""),
    "exit": (sys.exit, ""),
    "a coroutine inside": (lambda *a, **n: (asynchronous(), asynchronous()), ""),
    "a coroutine": (lambda *a, **n: asynchronous(), ""),
    "an async generator inside": (lambda *a, **n: asynchronous_generator(), ""),
    "a generator back": (lambda *a, **n: generator(), "It must return numbers"),
    "hostile back": (lambda *a, **n: Hostile(), ""),
    "hostile pair": (lambda *a, **n: (Hostile(), Hostile()), ""),
    "array that raises": (lambda *a, **n: (ArrayThatRaises(), ArrayThatRaises()), ""),
    "length that raises": (lambda *a, **n: LengthThatRaises((1, 2)), ""),
    "itself": (lambda *a, **n: [PASSED, PASSED], ""),
    "uneven": (lambda *a, **n: (np.array(None), [[1], [1, 2]]), ""),
    "words": (lambda *a, **n: (np.array(["a", "b"]), np.array(["a", "b"])), ""),
    "dates": (lambda *a, **n: (np.array(["2020-01-01"], "M8[D]"),) * 2, ""),
    "huge": (lambda *a, **n: (10**400, 10**400), ""),
    "nothing": (lambda *a, **n: (np.array([]), np.array([])), ""),
    "masked": (lambda *a, **n: (np.ma.masked, np.ma.masked), ""),
    "gone": (lambda *a, **n: a[0].resize(0, refcheck=False), ""),
    "bytes": (lambda *a, **n: b"ab", ""),
    "warns": (lambda *a, **n: warnings.warn("loud", stacklevel=1), "filled in"),
    "bool": (lambda *a, **n: True, ""),
}  # fmt: skip


@pytest.mark.parametrize("what", PASSED)
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_no_check_says_right_or_stops_whatever_is_passed(check, what, capfd):
    passed, word = PASSED[what]
    verdict = check(passed)
    assert isinstance(verdict, Verdict) and not verdict
    if word and (check is check_rmsprop or what != "many arguments"):
        assert word in verdict.message
    assert f"{verdict!r}" and verdict._repr_html_()
    assert capfd.readouterr() == ("", "")


def test_a_check_leaves_the_surroundings_as_they_were():
    before = np.geterr(), sys.gettrace(), sys.stdout, input, warnings.filters[:], random.getstate()
    state = np.random.get_state()[1].tolist()
    for passed, _ in PASSED.values():
        check_rmsprop(passed)
    check_rmsprop(rule_from(begin="np.seterr(all='raise')"))
    after = np.geterr(), sys.gettrace(), sys.stdout, input, warnings.filters[:], random.getstate()
    assert after == before
    assert np.random.get_state()[1].tolist() == state


def test_a_check_can_be_asked_twice_with_the_same_verdict():
    for rule in RIGHT_RULES.values():
        assert check_rmsprop(rule) and check_rmsprop(rule)


def test_what_a_function_imports_is_no_endless_loop(tmp_path, monkeypatch):
    (tmp_path / "long_to_import.py").write_text("for number in range(400_000): half = number / 2")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("rmsprop_lesson.safe_calls.SECONDS", 600)  # only steps may end it here

    def my_settled(before, last):
        import long_to_import  # noqa: F401

        return (before + last) / 2

    def endless_after_it(before, last):
        my_settled(before, last)
        ends_the_loop()

    assert check_settled(endless_after_it).message.startswith("endless_after_it does not come to")
    sys.modules.pop("long_to_import")
    assert check_settled(my_settled)
    assert sys.modules.pop("long_to_import").half == 399_999 / 2


def test_an_import_without_an_end_is_told(tmp_path, monkeypatch):
    (tmp_path / "endless_to_import.py").write_text("while True: pass")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("rmsprop_lesson.safe_calls.SECONDS", 0.1)

    def my_settled(before, last):
        import endless_to_import  # noqa: F401

    assert check_settled(my_settled).message.startswith("my_settled does not come to an end.")


def test_the_trace_of_a_debugger_is_given_back():
    def trace(frame, event, argument):
        return None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        check_rmsprop(rule_from())
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)


def test_a_verdict_shows_itself_as_text():
    assert repr(check_rmsprop(rmsprop)) == (
        "Right. rmsprop gives the right numbers for every input that was tried."
    )
    wrong = check_first_step(lambda lr, beta: lr / (1 - beta))
    assert repr(wrong) == (  # by hand: 0.1 / 0.25 = 0.4, 0.1 / sqrt(0.25) = 0.2
        "Not yet. The root is missing. "
        "With lr 0.1 and beta 0.75, the answer is 0.4; it should be 0.2."
    )


def test_the_example_holds_the_numbers_of_a_calculation_by_hand():
    verdict = check_rmsprop(rule_from("moving_average = beta * moving_average + gradient**2"))
    # 0.75 · 8 + 2² = 10, 0.75 · 8 + 0.25 · 2² = 7
    assert verdict.message.endswith(
        "With gradient 2, moving_average 8 and beta 0.75, the new moving_average is 10; "
        "it should be 7."
    )


def test_a_verdict_shows_itself_in_a_notebook_with_a_word_and_escaped():
    def my_rmsprop(theta, gradient, moving_average, lr, beta, epsilon):
        raise ValueError("<script>alert('x')</script> & $x$")

    verdict = check_rmsprop(my_rmsprop)
    shown = verdict._repr_html_()
    assert "<script>" in verdict.message
    assert "<script" not in shown and "&lt;script&gt;" in shown and "&amp; $x$" in shown
    assert "<strong>Not yet.</strong>" in shown
    assert "mathjax_ignore" in shown  # else dollar signs in a line of code become a formula
    assert html.unescape(re.sub("<[^>]*>", "", shown)) == repr(verdict)
    assert "<strong>Right.</strong>" in check_rmsprop(rmsprop)._repr_html_()


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("right", [True, False])
def test_the_colour_is_seen_in_both_themes_and_the_text_has_that_of_the_theme(right):
    shown = Verdict(right, "")._repr_html_()
    (colour,) = re.findall("#[0-9A-F]{6}", shown)
    for ground in ("#ffffff", "#111111"):
        light, dark = sorted([luminance(colour), luminance(ground)], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3
    assert "background" not in shown and " color:" not in shown


def test_a_message_is_one_line_without_what_differs_between_two_runs():
    def my_rmsprop(theta, gradient, moving_average, lr, beta, epsilon):
        raise ValueError(f"two\nlines \x1b[31m \ud800 {object()} " + "long " * 1000)

    message = check_rmsprop(my_rmsprop).message
    assert message.isprintable() and len(message) <= 600
    assert "0x" not in message and "two lines" in message


def test_every_known_mistake_reads_well():
    messages = [
        check_rmsprop(rule_from(**changed)).message
        for word, changed in WRONG_RULES
        if "end" not in word
    ] + [check(answer).message for check, _, answer in WRONG]
    for message in messages:
        first = message.split()[0]
        assert message[0].isupper() or first.isidentifier() or first == "1", message
        assert message.endswith((".", "?")), message
        assert "!" not in message and "  " not in message
