import functools
from math import inf, log, nan, sqrt

import numpy as np
import pytest

from rmsprop_lesson.optimizers import (
    HYPERPARAMETERS,
    RULES,
    adagrad,
    adam,
    gradient_descent,
    momentum,
    rmsprop,
    rule_parameters,
    without_checks,
)
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.trajectory import run

ZEROS = np.zeros(4)
GRADIENT = np.array([1.0, 6.0, 7.0, 2.0])


def test_the_first_step_is_lr_over_sqrt_one_minus_beta_in_every_coordinate():
    for lr, beta, times in (
        (0.1, 0.9, 3.16228),
        (0.1, 0.99, 10),
        (0.3, 0.0, 1),
        (0.3, 0.5, 1.41421),
    ):
        theta, _ = rmsprop(ZEROS, GRADIENT, ZEROS, lr=lr, beta=beta, epsilon=1e-8)
        assert np.allclose(theta, -lr / sqrt(1 - beta), rtol=1e-6)
        assert np.allclose(theta, -lr * times, rtol=1e-5)


def test_gradients_of_1_6_7_2_give_first_steps_that_are_equal_to_8_digits():
    theta, _ = rmsprop(ZEROS, GRADIENT, ZEROS)
    assert 1e-8 < np.ptp(theta) < 1.6e-8


def test_two_steps_follow_the_calculation_by_hand():
    # v = 16/2 = 8, the root of 8 + 1 is 3; then v = 8/2 + 16/2 = 12, the root of 12 + 4 is 4
    theta, average = rmsprop([10.0], [4.0], [0.0], lr=1.0, beta=0.5, epsilon=1.0)
    assert average.tolist() == [8.0]
    assert theta.tolist() == [10 - 4 / 3]
    theta, average = rmsprop([10.0], [4.0], average, lr=3.0, beta=0.5, epsilon=4.0)
    assert average.tolist() == [12.0]
    assert theta.tolist() == [10 - 3.0 * 4 / 4]


def test_epsilon_stands_inside_the_root():
    theta, average = rmsprop([0.0], [0.3], [0.0], lr=1.0, beta=0.0, epsilon=0.16)
    assert np.isclose(theta[0], -0.3 / sqrt(0.09 + 0.16))
    assert theta[0] != -0.3 / (sqrt(0.09) + 0.16)
    assert average.tolist() == [0.3 * 0.3]


def test_a_gradient_of_a_thousandth_takes_a_first_step_4_7_percent_short():
    theta, _ = rmsprop([0.0], [1e-3], [0.0], lr=0.1, beta=0.9, epsilon=1e-8)
    assert round(100 * (1 + theta[0] / 0.316228), 1) == 4.7


def test_under_a_constant_gradient_the_average_fills_up_as_one_minus_beta_to_the_t():
    average = np.zeros(2)
    for t in range(1, 60):
        _, average = rmsprop([0, 0], [2.0, -3.0], average, beta=0.9)
        assert np.allclose(average, (1 - 0.9**t) * np.array([4.0, 9.0]), rtol=1e-13)


def test_the_memory_of_one_gradient_halves_in_6_58_steps_at_beta_0_9():
    _, average = rmsprop([0.0], [1.0], [0.0], beta=0.9)
    weights = [average[0]]
    for _ in range(300):
        _, average = rmsprop([0.0], [0.0], average, beta=0.9)
        weights.append(average[0])
    assert np.isclose(sum(weights), 1)
    assert round(sum(weights[:10]), 3) == 0.651
    half_life = log(0.5) / log(weights[1] / weights[0])
    assert round(half_life, 2) == 6.58


@pytest.mark.parametrize(("k", "times"), [(1, 1.0), (10, 2.55), (100, 3.16)])
def test_a_gradient_that_comes_every_k_th_step_moves_further_when_it_comes(k, times):
    theta, average = np.zeros(1), np.zeros(1)
    for t in range(2000):
        before = theta
        gradient = [1.0 if t % k == 0 else 0.0]
        theta, average = rmsprop(theta, gradient, average, lr=0.1, beta=0.9, epsilon=1e-14)
        if t % k == 0:
            step = before[0] - theta[0]
    assert np.isclose(step, 0.1 * sqrt((1 - 0.9**k) / 0.1))
    assert round(step / 0.1, 2) == times


def test_no_step_is_longer_than_lr_over_sqrt_one_minus_beta():
    random = np.random.RandomState(1)
    theta, average = np.zeros(1000), np.zeros(1000)
    for _ in range(50):
        gradient = random.standard_cauchy(1000)
        before = theta
        theta, average = rmsprop(theta, gradient, average, lr=0.2, beta=0.9, epsilon=1e-12)
        assert np.abs(theta - before).max() <= 0.2 / sqrt(0.1) * (1 + 1e-12)


def test_the_effective_learning_rate_times_the_gradient_is_the_step():
    theta, average = rmsprop(ZEROS, GRADIENT, ZEROS, lr=0.3, beta=0.8, epsilon=0.01)
    rates = rmsprop.effective_lr(average, lr=0.3, beta=0.8, epsilon=0.01)
    assert np.allclose(-rates * GRADIENT, theta, rtol=1e-15)
    assert np.allclose(rates, 0.3 / np.sqrt(0.2 * GRADIENT**2 + 0.01))


def test_epsilon_limits_the_effective_learning_rate_to_lr_over_its_root():
    tiny = np.array([0.0, 1e-12, 1.0])
    rates = rmsprop.effective_lr(tiny, lr=0.1, beta=0.9, epsilon=1e-8)
    assert rates.max() <= 0.1 / sqrt(1e-8)
    assert rates[0] == 0.1 / sqrt(1e-8)


def test_without_epsilon_and_gradient_nothing_moves():
    theta, average = rmsprop([1.0, 2.0], [0.0, 3.0], [0.0, 0.0], epsilon=0)
    assert theta[0] == 1
    assert theta[1] < 2
    assert average[0] == 0


def test_a_gradient_too_large_to_be_squared_in_a_float_moves_nothing_away():
    with np.errstate(over="ignore"):
        theta, average = rmsprop([1.0], [1e200], [0.0])
    assert theta.tolist() == [1]
    assert average.tolist() == [inf]


def test_gradient_descent_steps_lr_times_the_gradient():
    theta, state = gradient_descent([1.0, 2.0], [4.0, -8.0], [0.0, 0.0], lr=0.25)
    assert theta.tolist() == [0, 4]
    assert state.tolist() == [0, 0]
    assert gradient_descent.effective_lr(state, lr=0.25).tolist() == [0.25, 0.25]


def test_momentum_follows_the_calculation_by_hand():
    # 0.5 · 2 + 3 = 4, 10 − 0.25 · 4 = 9; then 0.5 · 4 − 6 = −4, 9 − 0.25 · −4 = 10
    theta, velocity = momentum([10.0], [3.0], [2.0], lr=0.25, momentum=0.5)
    assert (theta.tolist(), velocity.tolist()) == ([9.0], [4.0])
    theta, velocity = momentum(theta, [-6.0], velocity, lr=0.25, momentum=0.5)
    assert (theta.tolist(), velocity.tolist()) == ([10.0], [-4.0])


def test_without_momentum_it_is_gradient_descent():
    theta, _ = momentum([1.0, 2.0], [4.0, -8.0], [7.0, 7.0], lr=0.25, momentum=0.0)
    assert theta.tolist() == gradient_descent([1.0, 2.0], [4.0, -8.0], [0, 0], lr=0.25)[0].tolist()


def test_under_a_steady_gradient_momentum_of_0_9_makes_steps_ten_times_as_long():
    theta, velocity = np.zeros(1), np.zeros(1)
    for _ in range(400):
        before = theta
        theta, velocity = momentum(theta, [2.0], velocity, lr=0.1, momentum=0.9)
    assert np.isclose(before[0] - theta[0], 10 * 0.1 * 2)


def test_adagrad_divides_by_the_root_of_all_squared_gradients_so_far():
    # 0 + 9 = 9, root 9 + 16 = 5; then 9 + 144 = 153, root 153 + 16 = 13
    theta, total = adagrad([10.0], [3.0], [0.0], lr=5.0, epsilon=16.0)
    assert (theta.tolist(), total.tolist()) == ([7.0], [9.0])
    theta, total = adagrad(theta, [-12.0], total, lr=13.0, epsilon=16.0)
    assert (theta.tolist(), total.tolist()) == ([19.0], [153.0])
    assert adagrad.effective_lr(total, lr=26.0, epsilon=16.0).tolist() == [2.0]


def test_under_a_steady_gradient_the_steps_of_adagrad_fall_like_one_over_the_root_of_t():
    theta, total = np.zeros(4), np.zeros(4)
    for t in range(1, 50):
        before = theta
        theta, total = adagrad(theta, GRADIENT, total, lr=0.3, epsilon=0)
        assert np.allclose(before - theta, 0.3 / sqrt(t), rtol=1e-12)


def test_adam_is_the_loop_of_kingma_and_ba():
    gradients = np.random.RandomState(5).randn(60, 3)
    theta, state = np.ones(3), adam.initial_state(np.ones(3))
    loop, m, v = [1.0] * 3, [0.0] * 3, [0.0] * 3
    for t, gradient in enumerate(gradients, start=1):
        theta, state = adam(theta, gradient, state, lr=0.2, beta1=0.8, beta2=0.95, epsilon=0.01)
        for i, g in enumerate(gradient.tolist()):
            m[i] = 0.8 * m[i] + (1 - 0.8) * g
            v[i] = 0.95 * v[i] + (1 - 0.95) * g**2
            m_hat, v_hat = m[i] / (1 - 0.8**t), v[i] / (1 - 0.95**t)
            loop[i] = loop[i] - 0.2 * m_hat / (sqrt(v_hat) + 0.01)
        assert np.allclose(theta, loop, rtol=1e-12)


def test_the_first_step_of_adam_is_lr_whatever_its_betas():
    zeros = adam.initial_state(ZEROS)
    for beta1, beta2 in ((0.9, 0.999), (0.0, 0.5), (0.5, 0.0)):
        theta, _ = adam(ZEROS, GRADIENT, zeros, lr=0.3, beta1=beta1, beta2=beta2)
        assert np.allclose(theta, -0.3, rtol=1e-7)


@pytest.mark.parametrize("rule", [adagrad, adam])
def test_an_adaptive_rule_without_epsilon_and_gradient_does_not_move(rule):
    state = adam.initial_state([1.0, 2.0]) if rule is adam else np.zeros(2)
    theta, _ = rule([1.0, 2.0], [0.0, 3.0], state, epsilon=0)
    assert theta[0] == 1
    assert theta[1] < 2


LIBRARIES = {  # theta on the article's data after so many steps, in float64
    # torch.optim.SGD(lr=0.01, momentum=0.9), PyTorch 2.13.0
    (momentum, 0.01): {
        1: (-0.1803293453585821, -1.1818549810168526),
        10: (4.604918582822414, 4.108238360932416),
        100: (4.2137989679215275, 2.9609925615999937),
    },
    # optax.adagrad(1.0, initial_accumulator_value=0.0, eps=0.01), Optax 0.2.8: inside the root
    (adagrad, 1.0): {
        1: (0.6459895105699152, -0.37496470294035544),
        10: (3.2500964919903543, 2.2198687809346858),
        100: (4.17291697924705, 3.0125267135001765),
    },
    # torch.optim.Adam(lr=0.1, eps=0.01), PyTorch 2.13.0: outside the root
    (adam, 0.1): {
        1: (-0.2540514603853477, -1.2750030542403248),
        10: (0.6367207462711862, -0.3842191307773758),
        100: (4.167399507082596, 3.1024296835863434),
    },
}


@pytest.mark.parametrize(("rule", "lr"), LIBRARIES)
def test_a_rule_computes_what_a_library_computes(rule, lr):
    settings = {} if rule is momentum else {"epsilon": 0.01}
    path = run(linear_regression(), rule, n_steps=100, lr=lr, **settings)
    for step, theta in LIBRARIES[rule, lr].items():
        assert np.allclose(path.theta[step], theta, rtol=0, atol=1e-12)


def test_only_rules_that_multiply_the_gradient_itself_have_an_effective_learning_rate():
    names = [rule.__name__ for rule in RULES if hasattr(rule, "effective_lr")]
    assert names == ["rmsprop", "gradient_descent", "adagrad"]


@pytest.mark.parametrize("rule", RULES)
def test_a_batch_of_runs_has_the_bits_of_each_alone(rule):
    problem, rates = linear_regression(), [0.001, 0.02, 0.3]
    many = run(problem, rule, n_steps=50, lr=rates)
    for k, lr in enumerate(rates):
        assert np.array_equal(many.theta[:, k], run(problem, rule, n_steps=50, lr=lr).theta)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_never_changes_its_arguments(rule):
    state = adam.initial_state(ZEROS[:2]) + 1 if rule is adam else np.array([5.0, 6.0])
    given = [np.array([1.0, 2.0]), np.array([3.0, 4.0]), state]
    kept = [each.copy() for each in given]
    theta, _ = rule(*given, lr=np.array([0.1, 0.2]))
    for before, after in zip(kept, given, strict=True):
        assert np.array_equal(before, after)
    theta += 1
    assert np.array_equal(given[0], kept[0])
    for each in given:
        each.flags.writeable = False
    rule(*given)


@pytest.mark.parametrize("rule", [rmsprop, gradient_descent, momentum, adagrad])
def test_many_runs_at_once_have_the_bits_of_each_alone(rule):
    random = np.random.RandomState(3)
    theta, gradient, state = random.rand(3, 7, 5, 2)
    rates = random.rand(7, 5, 1)
    many = rule(theta, gradient, state, lr=rates)
    for i in range(7):
        for j in range(5):
            one = rule(theta[i, j], gradient[i, j], state[i, j], lr=float(rates[i, j, 0]))
            assert np.array_equal(many[0][i, j], one[0])
            assert np.array_equal(many[1][i, j], one[1])


def test_a_rule_takes_lists_and_single_numbers():
    assert rmsprop([1, 2], [3, 4], [0, 0])[0].shape == (2,)
    assert np.isclose(rmsprop(1, 1, 0, lr=0.1, beta=0)[0], 0.9)


WRONG = [
    ("lr", 0, "0"),
    ("lr", -1, "-1"),
    ("lr", nan, "nan"),
    ("lr", inf, "inf"),
    ("lr", [0.1, -0.5], "-0.5"),
    ("lr", 1j, "1j"),
    ("lr", np.array([1j]), "1.j"),
    ("lr", "0.1", "'0.1'"),
    ("lr", ["0.1"], "'0.1'"),
    ("lr", np.array(["0.1"]), "'0.1'"),
    ("lr", None, "None"),
    ("lr", True, "True"),
    ("lr", np.True_, "True"),
    ("lr", [True, True], "True"),
    ("lr", {}, "{}"),
    ("lr", [[1], [1, 2]], r"\[\[1\], \[1, 2\]\]"),
    ("beta", 1, "1"),
    ("beta", -0.1, "-0.1"),
    ("beta", 1.5, "1.5"),
    ("beta", nan, "nan"),
    ("beta", [0.5, 1.0], "1"),
    ("epsilon", -1e-9, "-1e-09"),
    ("epsilon", nan, "nan"),
    ("epsilon", inf, "inf"),
]


@pytest.mark.parametrize(("name", "value", "shown"), WRONG)
def test_a_wrong_hyperparameter_is_named_with_its_value_and_what_is_allowed(name, value, shown):
    allowed = HYPERPARAMETERS[name].allowed
    with pytest.raises(ValueError, match=f"^{name} must be {allowed}, not .*{shown}"):
        rmsprop([1, 2], [1, 2], [0, 0], **{name: value})
    if name == "lr":
        with pytest.raises(ValueError, match=f"^lr must be {allowed}, not .*{shown}"):
            gradient_descent([1, 2], [1, 2], [0, 0], lr=value)


@pytest.mark.parametrize(
    ("rule", "name"),
    [(momentum, "lr"), (momentum, "momentum"), (adagrad, "lr"), (adagrad, "epsilon")]
    + [(adam, name) for name in ("lr", "beta1", "beta2", "epsilon")],
)
def test_every_rule_names_its_wrong_hyperparameter(rule, name):
    state = adam.initial_state(ZEROS) if rule is adam else ZEROS
    with pytest.raises(ValueError, match=f"^{name} must be {HYPERPARAMETERS[name].allowed}"):
        rule(ZEROS, GRADIENT, state, **{name: -0.1})


def test_the_first_of_two_wrong_hyperparameters_is_named():
    with pytest.raises(ValueError, match=r"^lr must be"):
        rmsprop([1, 2], [1, 2], [0, 0], epsilon=-1, beta=2, lr=0)


def test_a_wrong_call_is_said_in_python_s_own_words():
    with pytest.raises(TypeError, match=r"rmsprop\(\) missing 1 required .*'moving_average'$"):
        rmsprop([1, 2], [1, 2])
    with pytest.raises(TypeError, match=r"adam\(\) got an unexpected keyword argument 'beta'"):
        adam([1, 2], [1, 2], [0, 0], beta=0.9)


def test_arrays_may_be_given_by_name():
    by_name = rmsprop(theta=[1.0], gradient=[2.0], moving_average=[3.0])
    assert by_name == rmsprop([1.0], [2.0], [3.0])


def test_only_a_rule_itself_is_known_without_its_checks():
    @functools.wraps(rmsprop)
    def mine(*arrays, **hyperparameters):
        return rmsprop(*arrays, **hyperparameters)

    for rule in (mine, functools.partial(rmsprop, beta=0.5), "no rule"):
        assert without_checks(rule) is rule
    for rule in RULES:
        state = np.zeros((4, 2)) if rule is adam else np.zeros(2)
        arrays = np.array([1.0, 2.0]), np.array([3.0, 0.0]), state
        for one, other in zip(rule(*arrays), without_checks(rule)(*arrays), strict=True):
            assert np.array_equal(one, other)
        without_checks(rule)(*arrays, lr=-1.0)


def test_what_is_allowed_is_said_in_words():
    assert HYPERPARAMETERS["lr"].allowed == "a finite number above 0"
    assert HYPERPARAMETERS["epsilon"].allowed == "a finite number, 0 or above"
    assert HYPERPARAMETERS["beta"].allowed == "a number from 0 up to, but not including, 1"


def test_the_borders_belong_to_the_range_where_the_words_say_so():
    lr, beta, epsilon = (HYPERPARAMETERS[name] for name in ("lr", "beta", "epsilon"))
    assert lr.allows(5e-324) and lr.allows(1e308) and not lr.allows(0.0) and not lr.allows(inf)
    assert beta.allows(0.0) and beta.allows(1 - 2**-53) and not beta.allows(1.0)
    assert epsilon.allows(0.0) and not epsilon.allows(-5e-324) and not epsilon.allows(nan)


@pytest.mark.parametrize("value", [1, np.int32(1), np.array(1), np.float32(1), 1.0])
def test_any_real_number_becomes_a_float(value):
    checked = HYPERPARAMETERS["lr"].check(value)
    assert type(checked) is float
    assert checked == 1


@pytest.mark.parametrize("rule", [rmsprop, gradient_descent, momentum, adagrad])
def test_arrays_of_different_shapes_are_named(rule):
    with pytest.raises(
        ValueError, match=r"gradient must have the shape of theta, \(2,\), not \(3,\)"
    ):
        rule([1, 2], [1, 2, 3], [0, 0])
    with pytest.raises(ValueError, match=r"must have the shape of theta, \(2,\), not \(\)"):
        rule([1, 2], [1, 2], 0)
    with pytest.raises(
        ValueError, match=r"lr must broadcast to the shape of theta, \(2,\), not \(3, 1\)"
    ):
        rule([1, 2], [1, 2], [0, 0], lr=[[0.1], [0.2], [0.3]])


def test_the_shape_of_adam_s_state_is_said():
    with pytest.raises(ValueError, match=r"state must have shape \(4, 2\), not \(2,\)"):
        adam([1, 2], [1, 2], [0, 0])
    with pytest.raises(
        ValueError, match=r"lr must broadcast to the shape of theta, \(2,\), not \(3, 1\)"
    ):
        adam([1, 2], [1, 2], np.zeros((4, 2)), lr=[[0.1], [0.2], [0.3]])


@pytest.mark.parametrize(
    "wrong", [["a", "b"], [1j, 2], np.array([1j, 2]), [None, 1], [True, False]]
)
@pytest.mark.parametrize("rule", RULES)
def test_arrays_that_hold_no_real_numbers_are_named(rule, wrong):
    with pytest.raises(ValueError, match="theta must hold real numbers only"):
        rule(wrong, [1, 2], [0, 0])
    with pytest.raises(ValueError, match="gradient must hold real numbers only"):
        rule([1, 2], wrong, [0, 0])


def test_the_hyperparameters_of_a_rule_are_read_from_its_form():
    def with_positions(theta, gradient, average, lr, beta, epsilon, momentum=0.3):
        pass

    class Rule:
        def __call__(self, theta, gradient, state, *, lr=0.7):
            pass

    assert rule_parameters(rmsprop) == {"lr": 0.1, "beta": 0.9, "epsilon": 1e-8}
    assert rule_parameters(gradient_descent) == {"lr": 0.1}
    assert rule_parameters(momentum) == {"lr": 0.1, "momentum": 0.9}
    assert rule_parameters(adam) == {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    assert rule_parameters(with_positions) == {
        "lr": 0.1,
        "beta": 0.9,
        "epsilon": 1e-8,
        "momentum": 0.3,
    }
    assert rule_parameters(Rule()) == {"lr": 0.7}
    assert rule_parameters(functools.partial(rmsprop, lr=0.5))["lr"] == 0.5
    assert rule_parameters(lambda theta, gradient, state, **others: None) == {}


@pytest.mark.parametrize(
    "rule",
    [None, 3, "rmsprop", lambda theta, gradient: None, lambda *args, **kwargs: None],
    ids=["none", "number", "text", "two arguments", "no names"],
)
def test_what_is_no_rule_is_said(rule):
    with pytest.raises(ValueError, match="rule must be a function of theta, gradient and state"):
        rule_parameters(rule)
