"""The converter's calls are what the programs were really run with, and its notes are true."""

import ast

import numpy as np
import pytest

from rmsprop_lesson.conversion import PROGRAMS, convert
from rmsprop_lesson.library_numbers import CALLS
from rmsprop_lesson.optimizers import rmsprop, rule_parameters
from rmsprop_lesson.problems import linear_regression

SETTING = {"lr": 0.05, "beta": 0.8, "epsilon": 0.0625}


def plain_loop(lr, beta, denominator):
    """The article's loop with lists and sums of Python."""
    problem = linear_regression()
    X, y = problem.X[:, 0].tolist(), problem.y[:, 0].tolist()
    theta, average, path = problem.start.tolist(), [0.0, 0.0], []
    for _ in range(101):
        path.append(tuple(theta))
        errors = [theta[0] + theta[1] * x - each for x, each in zip(X, y, strict=True)]
        products = [error * x for error, x in zip(errors, X, strict=True)]
        for i, gradient in enumerate((2 * sum(errors) / 100, 2 * sum(products) / 100)):
            average[i] = beta * average[i] + (1 - beta) * gradient**2
            theta[i] -= lr * gradient / denominator(average[i])
    return path


@pytest.mark.parametrize(
    ("source", "target", "epsilon", "denominator"),
    [
        ("lesson", "PyTorch", 0.0625, lambda average: average**0.5 + 0.25),
        ("lesson", "Keras", 0.0625, lambda average: (average + 0.0625) ** 0.5),
        ("PyTorch", "Keras", 0.25, lambda average: (average + 0.0625) ** 0.5),
        ("Keras", "Optax", 0.0625, lambda average: (average + 0.0625) ** 0.5),
        ("PyTorch", "Optax", 0.25, lambda average: average**0.5 + 0.25),
        ("Optax", "PyTorch", 0.0625, lambda average: average**0.5 + 0.25),
    ],
)
def test_a_converted_call_is_one_that_the_library_ran_and_takes_the_steps_it_promises(
    source, target, epsilon, denominator
):
    stored = CALLS[convert(source, target, **SETTING | {"epsilon": epsilon}).code]
    path = plain_loop(0.05, 0.8, denominator)
    assert sorted(stored) == [1, 10, 100]
    for step, theta in stored.items():
        assert np.abs(np.subtract(path[step], theta)).max() < 1e-13


PLACE = {"lesson": "inside", "PyTorch": "outside", "Keras": "inside"}


@pytest.mark.parametrize("source", ["lesson", "PyTorch", "Keras", "Optax"])
@pytest.mark.parametrize("target", ["lesson", "PyTorch", "Keras", "Optax"])
def test_a_conversion_is_exact_where_epsilon_can_stay_at_its_place(source, target):
    can_stay = target == "Optax" or PLACE.get(source, "inside") == PLACE[target]
    assert convert(source, target, **SETTING).exact == can_stay


@pytest.mark.parametrize("source", ["lesson", "PyTorch", "Keras", "Optax"])
@pytest.mark.parametrize("target", ["lesson", "PyTorch", "Keras", "Optax"])
def test_the_code_is_one_call_that_names_lr_beta_and_epsilon_as_the_target_does(source, target):
    names = {
        "lesson": ["lr", "beta", "epsilon"],
        "PyTorch": ["lr", "alpha", "eps"],
        "Keras": ["learning_rate", "rho", "epsilon"],
        "Optax": ["learning_rate", "decay", "eps"],
    }[target]
    call = ast.parse(convert(source, target, **SETTING).code, mode="eval").body
    given = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
    assert list(given)[:3] == names
    assert given[names[0]] == 0.05
    assert given[names[1]] == 0.8
    only_from_outside = {"eps_in_sqrt": False} if (source, target) == ("PyTorch", "Optax") else {}
    assert {name: given[name] for name in list(given)[3:]} == only_from_outside


@pytest.mark.parametrize("epsilon", [1e-8, 0.25, 3.0, 1e-150, 1e150])
def test_epsilon_to_the_outside_and_back_is_the_same_but_for_rounding(epsilon):
    def epsilon_of(conversion):
        call = ast.parse(conversion.code, mode="eval").body
        return ast.literal_eval(call.keywords[2].value)

    outside = epsilon_of(convert("Keras", "PyTorch", lr=0.1, beta=0.9, epsilon=epsilon))
    back = epsilon_of(convert("PyTorch", "Keras", lr=0.1, beta=0.9, epsilon=outside))
    assert outside == pytest.approx(10 ** (np.log10(epsilon) / 2), rel=1e-12)
    assert back == pytest.approx(epsilon, rel=1e-12)


@pytest.mark.parametrize(
    ("source", "target", "epsilon", "ending"),
    [
        ("PyTorch", "Keras", 1e-8, "epsilon=1e-16)"),
        ("PyTorch", "Keras", 1e-7, "epsilon=1e-14)"),
        ("Keras", "PyTorch", 1e-7, "eps=0.000316227766016838)"),
        ("Keras", "Optax", 1.0000000000000001e-16, "eps=1.0000000000000001e-16)"),
    ],
)
def test_a_root_or_a_square_is_written_without_rounding_and_what_was_given_as_it_was(
    source, target, epsilon, ending
):
    assert convert(source, target, lr=0.1, beta=0.9, epsilon=epsilon).code.endswith(ending)


@pytest.mark.parametrize("source", ["PyTorch", "Keras"])
@pytest.mark.parametrize("target", ["lesson", "PyTorch", "Keras", "Optax"])
@pytest.mark.parametrize("part", [0.99, 1.01])
def test_an_epsilon_that_single_precision_may_lose_is_told_but_not_for_the_lesson(
    source, target, part
):
    carried = part * float(np.finfo(np.float32).tiny)
    squared = source == "PyTorch" and target in ("lesson", "Keras")
    rooted = source == "Keras" and target == "PyTorch"
    epsilon = carried**0.5 if squared else carried**2 if rooted else carried
    note = convert(source, target, lr=0.1, beta=0.9, epsilon=epsilon).note
    assert ("an epsilon below 1.2e-38 may become 0" in note) == (part < 1 and target != "lesson")


def test_the_notes_say_how_much_the_steps_differ_at_most_and_where():
    averages = np.append(np.geomspace(1e-14, 1e6, 20_001), 0.0625)
    inside, outside = np.sqrt(averages + 0.0625), np.sqrt(averages) + 0.25
    shorter, longer = 1 - inside / outside, outside / inside - 1
    assert averages[shorter.argmax()] == pytest.approx(0.0625)
    assert averages[longer.argmax()] == pytest.approx(0.0625)
    assert f"by {shorter.max():.0%}".replace("%", " %") == "by 29 %"
    assert f"by {longer.max():.0%}".replace("%", " %") == "by 41 %"
    note = convert("lesson", "PyTorch", **SETTING).note
    assert "0.25 is the root of 0.0625" in note
    assert "shorter, by 29 % where the average is 0.0625" in note
    note = convert("PyTorch", "lesson", **SETTING | {"epsilon": 0.25}).note
    assert "inside the root in this lesson, and 0.0625 is the square of 0.25" in note
    assert "longer, by 41 % where the average is 0.0625" in note


def test_far_from_epsilon_both_places_give_nearly_the_same_step():
    for average in (0.0625e-6, 0.0625e6):
        assert (average + 0.0625) ** 0.5 / (average**0.5 + 0.25) == pytest.approx(1, rel=2e-3)


@pytest.mark.parametrize("source", ["lesson", "PyTorch", "Keras", "Optax"])
@pytest.mark.parametrize("target", ["lesson", "PyTorch", "Keras", "Optax"])
def test_without_epsilon_every_conversion_is_exact_but_for_0_through_0(source, target):
    conversion = convert(source, target, lr=0.1, beta=0.9, epsilon=0)
    assert conversion.exact
    assert "0/0, which is nan" in conversion.note


@pytest.mark.parametrize("target", ["lesson", "PyTorch", "Keras", "Optax"])
def test_a_zero_is_written_without_a_sign(target):
    assert "-0" not in convert("lesson", target, lr=0.1, beta=-0.0, epsilon=-0.0).code


def test_a_conversion_shows_its_code_and_then_how_exact_it_is():
    exact = convert("lesson", "Keras", lr=0.1, beta=0.9, epsilon=1e-8)
    assert repr(exact) == (
        "keras.optimizers.RMSprop(learning_rate=0.1, rho=0.9, epsilon=1e-08)\n"
        "Exact. Both follow the same formula from an average of 0."
    )
    shown = repr(convert("lesson", "PyTorch", lr=0.1, beta=0.9, epsilon=1e-8))
    assert shown.startswith(
        "torch.optim.RMSprop(model.parameters(), lr=0.1, alpha=0.9, eps=0.0001)\nNot exact. Epsilon"
    )


def test_the_lessons_own_defaults_are_those_of_its_rule():
    assert PROGRAMS["lesson"].defaults == rule_parameters(rmsprop)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lr": 0}, "lr must be a finite number above 0, not 0.0"),
        ({"lr": [0.1, 0.2]}, "lr must be one number, not [0.1, 0.2]"),
        ({"lr": [[1], [2, 3]]}, "lr must be a finite number above 0, not [[1], [2, 3]]"),
        ({"beta": 1}, "beta must be a number from 0 up to, but not including, 1, not 1.0"),
        ({"beta": None}, "beta must be a number from 0 up to, but not including, 1, not None"),
        ({"epsilon": -1e-8}, "epsilon must be a finite number, 0 or above, not -1e-08"),
        ({"epsilon": np.nan}, "epsilon must be a finite number, 0 or above, not nan"),
    ],
)
def test_a_wrong_number_is_named_with_what_is_allowed(wrong, message):
    with pytest.raises(ValueError) as raised:
        convert("lesson", "PyTorch", **SETTING | wrong)
    assert str(raised.value) == message


@pytest.mark.parametrize("epsilon", [1e-200, 1e200])
def test_an_epsilon_whose_square_no_float_can_hold_is_refused_where_it_is_squared(epsilon):
    assert convert("Keras", "PyTorch", **SETTING | {"epsilon": epsilon}).code.endswith(
        f"eps={epsilon**0.5})"
    )
    with pytest.raises(ValueError) as raised:
        convert("PyTorch", "Keras", **SETTING | {"epsilon": epsilon})
    message = f"epsilon must be 0, or a number from 1e-150 to 1e+150, not {epsilon}"
    assert str(raised.value) == message


@pytest.mark.parametrize("name", ["pytorch", "JAX", "", None, 3, ["Keras"]])
@pytest.mark.parametrize("role", ["source", "target"])
def test_an_unknown_program_is_named_with_the_known_ones(role, name):
    programs = {"source": "lesson", "target": "lesson"} | {role: name}
    with pytest.raises(ValueError) as raised:
        convert(**programs, **SETTING)
    known = '"lesson", "PyTorch", "Keras", "Optax"'
    assert str(raised.value) == f"{role} must be one of {known}, not {name!r}"
