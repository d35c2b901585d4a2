"""What the explorer says in words: numbers, paths and errors."""

import math
import time

import numpy as np
import pytest

from rmsprop_lesson.optimizers import HYPERPARAMETERS, rmsprop
from rmsprop_lesson.problems import linear_regression, quadratic_bowl
from rmsprop_lesson.trajectory import run
from rmsprop_lesson.words import describe, explain, label_of, read_number, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (1.0, "1"), (1, "1"), (0.0, "0"), (1e-8, "1e-08"), (0.37, "0.37")],
)
def test_a_number_is_written_without_rounding_and_without_noise(value, text):
    assert text_of(value) == text
    assert float(text_of(value)) == value


def test_every_number_is_read_back_exactly():
    values = 10 ** np.random.default_rng(1).uniform(-12, 3, 500)
    assert [float(text_of(value)) for value in values] == values.tolist()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        (" .5 ", 0.5),
        ("0.37", 0.37),
        ("5.", 5.0),
        ("+2", 2.0),
        ("1E3", 1000.0),
        ("\t7e+0\n", 7.0),
        ("0.1000000000000000055511151231257827", 0.1),
    ],
)
def test_a_box_reads_every_way_of_writing_a_number(text, value):
    assert read_number(HYPERPARAMETERS["lr"], text) == value


REFUSED = [
    *("abc", "", "   ", "0,9", "-1", "inf", "-inf", "nan", "1e999", "0x10", "½", "²", "1_000"),
    *("1e", ".", "1 2", "٠.٥", "<script>alert(1)</script>", "--1", "1e-3.5", "None", "1/3", "$x$"),
]


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize("name", HYPERPARAMETERS)
def test_a_box_refuses_what_is_not_allowed_and_names_it(name, text):
    known = HYPERPARAMETERS[name]
    with pytest.raises(ValueError) as refused:
        read_number(known, text)
    assert str(refused.value) == f'{name} must be {known.allowed}, not "{text}"'


@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("lr", ["1e-300", "1e300"], ["0", "0.0", "-0", "1e-400"]),
        ("beta", ["0", "0.999999"], ["1", "1.0", "0.99999999999999999999", "-0.1"]),
        ("epsilon", ["0", "1e300"], ["-1e-9"]),
    ],
)
def test_the_ends_of_the_ranges_are_as_promised(name, allowed, refused):
    for text in allowed:
        assert read_number(HYPERPARAMETERS[name], text) == float(text)
    for text in refused:
        with pytest.raises(ValueError, match=name):
            read_number(HYPERPARAMETERS[name], text)


@pytest.mark.parametrize("text", ["1" * 100_000 + "x", "x" * 100_000, "1" * 100_000, "." * 100_000])
def test_a_very_long_text_is_refused_at_once_and_in_short(text):
    before = time.perf_counter()
    with pytest.raises(ValueError) as refused:
        read_number(HYPERPARAMETERS["lr"], text)
    assert time.perf_counter() - before < 1
    assert len(str(refused.value)) < 100
    assert text[:30] in str(refused.value)


def test_a_rule_is_called_as_in_the_text():
    def my_first_rule(theta, gradient, state):
        pass

    assert label_of(rmsprop) == "RMSProp"
    assert label_of(my_first_rule) == "my first rule"


def test_the_words_of_an_iteration_hold_the_numbers_of_the_run():
    problem = linear_regression()
    path = run(problem, n_steps=200)
    words = describe(path, 10)
    # the numbers of the article's program, by hand: theta and loss after 10 steps
    assert words.startswith("intercept 1.250, slope 0.228, loss 34.4, 33 above the minimum")
    distance = math.dist((1.249645, 0.228041), (4.222151, 2.968468))
    assert words.endswith(f"{distance:.3f} from the optimum")


def test_the_words_do_not_give_rounding_noise_as_a_number():
    problem = quadratic_bowl(start=(1e-9, 0))
    assert describe(run(problem, n_steps=0), 0).endswith(
        "less than 1e-12 above the minimum, less than 0.001 from the optimum"
    )


def test_the_words_say_when_a_run_left_the_finite_numbers():
    path = run(linear_regression(), rmsprop, n_steps=5, lr=1e300)
    assert path.diverged_at == 1
    assert describe(path, 0).startswith("intercept -0.354")
    assert describe(path, 5) == "the numbers are not finite from iteration 1 on"


def test_an_iteration_after_the_end_is_that_at_the_end():
    path = run(linear_regression(), n_steps=3)
    assert describe(path, 99) == describe(path, 3)


def _caught(rule):
    try:
        run(linear_regression(), rule, n_steps=2)
    except Exception as error:
        return explain(rule, error)


def test_an_error_is_told_with_the_rule_its_line_and_a_hint():
    def my_rule(theta, gradient, state, lr=0.1):
        state = state + 1
        return theta - lr * gradeint, state  # noqa: F821

    assert _caught(my_rule) == (
        "my_rule stopped in its line 3, return theta - lr * gradeint, state  # noqa: F821. "
        "NameError: name 'gradeint' is not defined. "
        "It uses a name that does not exist there. A function sees what has been imported or "
        "defined outside it, and its own arguments."
    )


def test_an_error_in_a_function_that_a_rule_calls_is_told_at_the_line_of_the_rule():
    def helper(value):
        return value / 0

    def my_rule(theta, gradient, state, lr=0.1):
        return helper(1), state

    assert "my_rule stopped in its line 2, return helper(1), state. " in _caught(my_rule)
    assert _caught(my_rule).endswith("It divides by zero.")


def test_if_on_an_array_is_answered_with_what_to_use_instead():
    def my_rule(theta, gradient, state, lr=0.1):
        if gradient > 0:
            return theta, state

    def max_rule(theta, gradient, state, lr=0.1):
        return theta - max(gradient, 0), state

    def math_rule(theta, gradient, state, lr=0.1):
        return theta - math.sqrt(gradient), state

    assert "np.where" in _caught(my_rule)
    assert "np.maximum" in _caught(max_rule)
    assert "np.sqrt" in _caught(math_rule)


def told_of(function, *arguments):
    with pytest.raises((NameError, TypeError, AttributeError)) as stopped:
        function(*arguments)
    return explain(function, stopped.value)


def test_a_power_with_a_wrong_sign_is_told_how_it_is_written():
    for base in (np.ones(2), np.float64(3), 3.0):
        assert told_of(lambda base: base ^ 2, base).endswith(". A power is written **, not ^.")


def test_a_name_that_numpy_knows_is_told_with_np_before_it():
    names = ("sqrt", "log", "arange")
    functions = (lambda x: sqrt(x), lambda x: log(x), lambda x: arange(x))  # noqa: F821
    for name, function in zip(names, functions, strict=True):
        assert told_of(function, 1.0).endswith(f"is not defined. Write np.{name}.")
    for function in (lambda x: ln(x), lambda x: np.ln(x), lambda x: math.ln(x)):  # noqa: F821
        assert told_of(function, 1.0).endswith(". The natural logarithm is np.log.")


def test_a_name_of_its_own_that_numpy_knows_as_well_is_not_taken_for_it():
    def own_name(x):
        ones = ones + x  # noqa: F821
        return ones

    assert told_of(own_name, 1.0).endswith("It uses a name before that name has a value.")
    assert told_of(lambda x: gradient(x), 1.0).endswith("arguments.")  # noqa: F821


def test_a_letter_of_the_formula_is_told_the_argument_that_stands_for_it():
    def not_defined(theta, gradient, moving_average):
        return theta - g  # noqa: F821

    def before_its_value(theta, gradient, *, moving_average):
        v = 0.9 * v + 0.1 * gradient**2  # noqa: F821
        return v

    assert told_of(not_defined, 1, 1, 1).endswith(". The gradient comes in as gradient.")
    with pytest.raises(UnboundLocalError) as stopped:
        before_its_value(1, 1, moving_average=1)
    assert explain(before_its_value, stopped.value).endswith(
        "It uses a name before that name has a value. The old average comes in as moving_average."
    )
    for function in (lambda lr: lr * g, lambda lr: lr * v):  # noqa: F821
        assert "comes in as" not in told_of(function, 0.1)


def test_an_error_without_a_text_is_told_without_a_gap():
    def my_rule(theta, gradient, state, lr=0.1):
        raise AssertionError

    assert _caught(my_rule).endswith("raise AssertionError. AssertionError.")


def test_a_wrong_answer_of_a_rule_is_told_without_a_line():
    def my_rule(theta, gradient, state, lr=0.1):
        return None

    told = _caught(my_rule)
    assert told.startswith("my_rule stopped. ") and "not None" in told
