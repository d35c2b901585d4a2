"""Notebook 08: sign descent, votes, the counterexample and loss spikes."""

import itertools
import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from rmsprop_lesson.lesson import QUESTIONS, TASKS, check_number, predict
from rmsprop_lesson.problems import linear_regression, quadratic_bowl
from rmsprop_lesson.topics import limits
from rmsprop_lesson.topics.sign_and_spike_labs import (
    sign_descent,
    sign_series,
    spike_series,
    spikes,
)
from rmsprop_lesson.topics.vote_labs import counterexample_series, many_to_one_series
from rmsprop_lesson.topics.votes import (
    drift,
    full_average,
    full_memory_walk,
    many_to_one,
    one_to_many,
    walk,
)
from rmsprop_lesson.trajectory import run


def plain_walk(gradients, lr, beta, start=0.0, ends=None):
    """RMSProp without epsilon in numbers of Python; lr is a function of the step, from 1."""
    path, average = [start], 0.0
    for step, gradient in enumerate(gradients, start=1):
        average = beta * average + (1 - beta) * gradient * gradient
        theta = path[-1] - lr(step) * gradient / math.sqrt(average)
        path.append(min(max(theta, ends[0]), ends[1]) if ends else theta)
    return path


def drift_of_a_long_run(cycle, beta, cycles):
    path = plain_walk(list(cycle) * cycles, lambda step: 1.0, beta)
    return path[-1] - path[-1 - len(cycle)]


# ---- sign descent --------------------------------------------------------------------------------


def test_without_memory_and_epsilon_every_step_is_lr_long_and_the_path_is_that_of_the_signs():
    series = sign_series(quadratic_bowl(10.0, 30.0), np.array([0.0]), np.array([0.1]))
    assert series["step 0"] == pytest.approx(1)
    assert series["step 1"] == pytest.approx(1)
    for i in (0, 1):
        assert series[f"theta {i}"] == pytest.approx(series[f"sign {i}"], abs=1e-12)


def test_sign_descent_moves_by_lr_against_each_sign():
    gradient = np.array([7.0, -1e-9, 0.0])
    theta, _ = sign_descent(np.ones(3), gradient, np.zeros(3), lr=0.5)
    assert theta.tolist() == [0.5, 1.5, 1.0]


def test_a_longer_memory_leaves_the_path_of_the_signs():
    betas = np.array([0.0, 0.5, 0.9])
    series = sign_series(quadratic_bowl(10.0, 30.0), betas, np.full(3, 0.1))
    apart = np.abs(series["theta 0"] - series["sign 0"]).max(axis=0)
    assert apart[0] < 1e-12 < 0.05 < apart[1] < apart[2]


def test_a_small_lr_makes_every_step_lr_long_as_well_once_the_memory_is_full():
    lr = np.array([1e-3, 1e-4])
    series = sign_series(quadratic_bowl(10.0, 30.0), np.array([0.9, 0.9]), lr)
    for name in ("step 0", "step 1"):
        assert series[name][0] == pytest.approx(1 / math.sqrt(0.1))
        assert (np.abs(series[name][80:] - 1) < 20 * lr).all()


# ---- walks and cycles ----------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.9, 0.999])
def test_a_walk_is_the_plain_loop(beta):
    gradients = [4.0, -1.0, -1.0, 0.5, 9.0] * 8
    constant = walk(gradients, lr=0.1, beta=beta, start=2.0)
    assert constant == pytest.approx(plain_walk(gradients, lambda step: 0.1, beta, start=2.0))
    rates = 0.5 / np.sqrt(np.arange(1, 41))
    bounded = walk(gradients, lr=rates, beta=beta, ends=(-1, 1))
    by_hand = plain_walk(gradients, lambda step: 0.5 / math.sqrt(step), beta, ends=(-1, 1))
    assert bounded == pytest.approx(by_hand)


def test_many_walks_at_once_are_the_single_ones():
    gradients = np.stack([np.resize(one_to_many(large), 30) for large in (3, 10)], axis=-1)
    together = walk(gradients, beta=np.array([0.1, 0.9]))
    assert together[:, 0].tolist() == walk(gradients[:, 0], beta=0.1).tolist()
    assert together[:, 1].tolist() == walk(gradients[:, 1], beta=0.9).tolist()
    same = walk(gradients[:, 1], beta=np.array([0.1, 0.9]))
    assert same[:, 1].tolist() == together[:, 1].tolist()


def test_a_walk_continues_from_a_given_average():
    gradients = [1.0, -2.0, 3.0, 1.5]
    whole = walk(gradients, beta=0.8)
    average = 0.8 * (0.2 * 1.0) + 0.2 * 4.0
    rest = walk(gradients[2:], beta=0.8, start=whole[2], average=average)
    assert rest == pytest.approx(whole[2:])


@pytest.mark.parametrize("cycle", [many_to_one(9), one_to_many(4), one_to_many(10, small=9)])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99])
def test_drift_and_full_average_are_those_of_a_long_run(cycle, beta):
    average = 0.0
    for gradient in list(cycle) * 900:
        average = beta * average + (1 - beta) * gradient**2
    assert full_average(cycle, beta) == pytest.approx(average)
    assert drift(cycle, beta) == pytest.approx(drift_of_a_long_run(cycle, beta, 900), abs=1e-9)
    assert full_memory_walk(cycle, beta)[-1] == drift(cycle, beta)


# ---- nine against one ----------------------------------------------------------------------------


@pytest.mark.parametrize("small", [1, 2, 9, 49])
def test_the_gradients_of_many_to_one_sum_to_zero_and_the_signs_do_not(small):
    cycle = many_to_one(small)
    assert len(cycle) == small + 1
    assert cycle.sum() == pytest.approx(0, abs=1e-12)
    assert drift(cycle, beta=0.0) == pytest.approx(1 - small)


def test_nine_votes_beat_one_by_eight_lr_at_beta_0_and_hardly_any_at_a_full_memory():
    assert drift(many_to_one(), beta=0.0) == pytest.approx(-8)
    assert drift(many_to_one(), beta=0.9) == pytest.approx(-0.68, abs=0.005)
    assert drift(many_to_one(), beta=0.999) == pytest.approx(-0.0067, abs=5e-5)


def test_a_cycle_may_be_a_list_and_must_hold_numbers():
    assert drift([4, -1, -1], 0.05) == drift(one_to_many(4), 0.05)
    with pytest.raises(ValueError, match="cycle must hold"):
        drift([4, "x"], 0.05)


@pytest.mark.parametrize("small", [1.5, -1])
def test_the_small_gradients_are_counted_in_whole_numbers(small):
    with pytest.raises(ValueError, match=f"small must be a whole number, 0 or above, not {small}"):
        many_to_one(small)


def test_the_longer_the_memory_the_smaller_the_drift():
    drifts = [abs(drift(many_to_one(), beta)) for beta in (0.0, 0.5, 0.9, 0.99, 0.999)]
    assert drifts == sorted(drifts, reverse=True)


def test_the_chart_of_many_to_one_shows_three_ways_to_take_the_same_gradients():
    series = many_to_one_series(np.array([0.9, 0.0]), np.array([9.0, 4.0]))
    by_hand = plain_walk(list(many_to_one(9)) * 20, lambda step: 1.0, 0.9)
    assert series["RMSProp"][:, 0] == pytest.approx(by_hand)
    assert series["RMSProp"][:, 1] == pytest.approx(series["signs"][:, 1])
    assert series["signs"][::10, 0].tolist() == [-8.0 * cycle for cycle in range(21)]
    assert series["gradient descent"][::10, 0].tolist() == [0.0] * 21
    assert series["gradient descent"][9, 0] == pytest.approx(-0.9)


def test_the_stems_of_a_cycle_sum_to_its_drift():
    series = many_to_one_series(np.array([0.9, 0.5]), np.array([9.0, 4.4]))
    small, large = series["small"], series["large"]
    assert np.isfinite(small).sum(axis=0).tolist() == [9, 4]
    assert np.isfinite(large).sum(axis=0).tolist() == [1, 1]
    total = np.nansum(small, axis=0) + np.nansum(large, axis=0)
    assert total == pytest.approx([drift(many_to_one(9), 0.9), drift(many_to_one(4), 0.5)])
    assert series["says"][0].startswith("In a cycle of 10 gradients")
    assert "RMSProp moves by −0.679 lr" in series["says"][0]
    assert "sign descent by −8 lr" in series["says"][0]


# ---- the counterexample --------------------------------------------------------------------------


@pytest.mark.parametrize("start", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("large", [3, 4, 10])
def test_reddi_kale_and_kumars_example_ends_at_the_worst_point_at_their_beta(large, start):
    beta = 1 / (1 + large**2)
    gradients = [large, -1.0, -1.0] * 1000
    path = plain_walk(gradients, lambda step: 0.5 / math.sqrt(step), beta, start, ends=(-1, 1))
    assert path[-1] == 1.0
    assert min(path[-100:]) > 0.95
    assert drift(one_to_many(large), beta) > 0.6


@pytest.mark.parametrize("large", [3, 4, 10])
def test_at_beta_0_9_the_same_example_ends_at_the_best_point(large):
    gradients = [large, -1.0, -1.0] * 1000
    path = plain_walk(gradients, lambda step: 0.5 / math.sqrt(step), 0.9, 1.0, ends=(-1, 1))
    assert max(path[-100:]) < -0.95
    assert drift(one_to_many(large), 0.9) < -0.4


def test_with_one_large_gradient_in_ten_beta_0_9_fails_too_and_in_a_hundred_and_one_0_999():
    assert drift(one_to_many(10, small=9), 0.9) > 0.3
    assert drift(one_to_many(10, small=9), 0.99) < -0.2
    assert drift(one_to_many(101, small=100), 0.999) > 0.1
    rates = 0.5 / np.sqrt(np.arange(1, 3001))
    path = walk(np.resize(one_to_many(10, small=9), 3000), lr=rates, beta=0.9, ends=(-1, 1))
    assert path[-1] == 1.0


def test_a_drift_does_not_depend_on_the_scale_of_the_gradients():
    one = drift(one_to_many(101, small=100), 0.99)
    assert drift(10 * one_to_many(101, small=100), 0.99) == pytest.approx(one)


def test_the_chart_of_one_in_three_takes_the_steps_of_the_plain_loop():
    betas, large = np.array([0.1, 0.9]), np.array([3.0, 4.0])
    series = counterexample_series(betas, large)
    for column, (beta, each) in enumerate(zip(betas, large, strict=True)):
        by_hand = plain_walk(
            [each, -1.0, -1.0] * 100, lambda step: 0.5 / math.sqrt(step), beta, ends=(-1, 1)
        )
        assert series["RMSProp"][:, column] == pytest.approx(by_hand)
        assert series["steps"][:, column].sum() == pytest.approx(drift(one_to_many(each), beta))
    worst = "moves by +0.681 lr when its memory is full: to +1, the worst point"
    assert series["says"][0].endswith(worst)
    assert series["says"][1].endswith("to −1, the best point")


def test_gradient_descent_goes_to_the_best_point_in_the_same_example():
    series = counterexample_series(np.array([0.1]), np.array([4.0]))
    theta, path = 0.0, [0.0]
    for step in range(1, 301):
        theta -= 0.5 / math.sqrt(step) * (4.0 if step % 3 == 1 else -1.0)
        theta = min(max(theta, -1.0), 1.0)
        path.append(theta)
    assert series["gradient descent"][:, 0] == pytest.approx(path)
    assert max(path[-30:]) < -0.9


# ---- loss spikes ---------------------------------------------------------------------------------


def test_a_spike_is_a_rise_above_the_high_mark_after_the_low_one():
    assert spikes(np.array([1, 1e-7, 1e-5, 1e-2, 1, 1e-7, 5])) == [3, 6]
    assert spikes(np.array([1, 1e-2, 1e-5, 1e-2])) == []
    assert spikes(np.array([1e-7, 1e-4, 1e-7, 1e-3])) == []


def test_the_settled_run_is_thrown_out_again_and_again_each_time_less_and_returns():
    excess = run(linear_regression(), n_steps=3000, lr=0.5, beta=0.98, epsilon=0.03).excess
    assert excess[120:140].max() < 1e-12
    assert spikes(excess) == [156, 219]
    tops = [excess[first : first + 45].max() for first in (150, 215, 262)]
    assert tops == sorted(tops, reverse=True)
    assert tops[0] == pytest.approx(8.4, abs=0.05)
    assert excess[193] < 1e-7
    assert excess[-1] == pytest.approx(excess[-2])


def test_the_edge_is_the_largest_eigenvalue_of_ph_and_hovers_about_2():
    problem = linear_regression()
    setting = {"lr": 0.5, "beta": 0.98, "epsilon": 0.03}
    columns = {name: np.array([value]) for name, value in setting.items()}
    shown = spike_series(problem, **columns)["stability"][:, 0]
    rates = run(problem, n_steps=301, **setting).effective_lr
    for row in (0, 157, 300):
        eigenvalues = np.linalg.eigvals(np.diag(rates[row]) @ problem.hessian)
        assert shown[row] == pytest.approx(eigenvalues.max())
    assert shown[:90].max() < 2 < shown[150]
    assert 1.5 < shown[160:].min() < 2 < shown[160:].max() < 2.8


@pytest.mark.parametrize("lr", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("beta", [0.8, 0.9, 0.98, 0.99])
def test_from_its_threshold_on_epsilon_ends_the_spikes(lr, beta):
    problem = linear_regression()
    calm = (lr * problem.curvatures()[-1] / 2) ** 2
    assert spikes(run(problem, n_steps=3000, lr=lr, beta=beta, epsilon=calm).excess) == []


def test_without_it_every_one_of_these_runs_has_a_spike():
    for lr, beta in itertools.product((0.3, 1.0), (0.8, 0.9, 0.98, 0.99)):
        path = run(linear_regression(), n_steps=3000, lr=lr, beta=beta, epsilon=1e-8)
        assert spikes(path.excess), (lr, beta)


def test_the_chart_says_when_the_spikes_come():
    settings = {"lr": (0.5, 0.1), "beta": (0.98, 0.98), "epsilon": (0.03, 0.1)}
    columns = {name: np.array(values) for name, values in settings.items()}
    says = spike_series(linear_regression(), **columns)["says"]
    assert says[0] == (
        "Below 1e-6 from iteration 52 on; above 1e-3 at 156, again at 219; at most 8.4"
    )
    assert says[1].startswith("No spike")


def test_with_80_digits_the_spike_comes_later_and_higher_so_rounding_sets_its_date():
    problem = linear_regression()
    with localcontext(prec=80):
        H = [[Decimal(float(each)) for each in row] for row in problem.hessian]
        error = [Decimal(float(each)) for each in problem.start - problem.optimum]
        average, excess = [Decimal(0)] * 2, []
        for _ in range(301):
            gradient = [sum(h * e for h, e in zip(row, error, strict=True)) for row in H]
            excess.append(float(sum(g * e for g, e in zip(gradient, error, strict=True)) / 2))
            for i, g in enumerate(gradient):
                average[i] = Decimal("0.98") * average[i] + Decimal("0.02") * g * g
                error[i] -= Decimal("0.5") * g / (average[i] + Decimal("0.03")).sqrt()
    rounded = run(problem, n_steps=300, lr=0.5, beta=0.98, epsilon=0.03).excess
    assert spikes(excess)[0] > 200 > spikes(rounded)[0]
    assert max(excess[120:]) > 1.5 * rounded[120:].max()


# ---- charts, questions, tasks --------------------------------------------------------------------

LABS = {
    "sign": limits.sign_lab,
    "many to one": limits.many_to_one_lab,
    "one in three": limits.counterexample_lab,
    "spikes": limits.spike_lab,
}


@pytest.fixture(params=LABS, scope="module")
def lab(request):
    return LABS[request.param]()


def test_every_corner_of_every_chart_is_drawn(lab):
    ends = [(each.positions[0], each.positions[-1]) for each in lab.dials.values()]
    for corner in itertools.product(*ends):
        lab.set(**dict(zip(lab.dials, corner, strict=True)))
        assert lab.png().startswith(b"\x89PNG")
        assert lab.sentence.endswith(".")


TYPED = {"beta": (0.9999999,), "lr": (1e308, 1e-300), "small": (2.5,), "large": (9e99,)}


def test_whatever_may_be_typed_is_computed_in_silence(lab):
    for name in TYPED.keys() & lab.dials.keys():
        for value in TYPED[name]:
            lab.set(**{name: value})
            assert lab.sentence.endswith(".")
            assert "nan" not in lab.sentence


def test_the_stored_positions_keep_the_three_digits_of_small_numbers():
    chart = limits.many_to_one_lab()
    position = next(each for each in chart.sources[0].channels if each.name == "RMSProp")
    told = chart.numbers["RMSProp"][1:]
    assert min(told) < -10
    assert np.abs(position.decode(position.encode(told)) - told).max() <= 0.005 * (1 + 1e-9)


def test_the_predicted_drift_is_that_of_a_long_run():
    right, measured = QUESTIONS["nine_to_one"].measure()
    long_run = drift_of_a_long_run(many_to_one(9), 0.9, 200)
    assert right == "it moves down"
    assert f"{long_run:.2f} lr".replace("-", "−") in measured
    assert "−8 lr" in measured


def test_the_predicted_end_is_that_of_a_plain_loop():
    right, measured = QUESTIONS["which_end"].measure()
    path = plain_walk(
        [4.0, -1.0, -1.0] * 1000, lambda step: 0.5 / math.sqrt(step), 0.05, ends=(-1, 1)
    )
    assert right == "at +1, the worst point"
    assert f"at {sum(path[-3:]) / 3:+.2f}." in measured


def test_the_settled_run_is_not_predicted_to_stay():
    right, measured = QUESTIONS["after_settling"].measure()
    assert right == "it rises above 1"
    assert measured == "between 120 and 300 it rises to 8.4 above the minimum."
    assert "Then the steps would stay short" in predict("after_settling").answer("it stays there")


def test_the_right_numbers_by_hand():
    assert check_number("vote_drift", -19 * 0.1 + 0.1)
    assert check_number("ten_votes", drift_of_a_long_run(one_to_many(10, small=9), 0.9, 200))
    assert check_number("calm_lr", 2 * math.sqrt(0.3) / 4.131311)


@pytest.mark.parametrize("beta", [0.8, 0.9, 0.98])
@pytest.mark.parametrize(("part", "comes_back"), [(0.99, True), (1.01, False)])
def test_up_to_the_calm_lr_a_kicked_run_comes_back_and_above_it_does_not(beta, part, comes_back):
    problem = linear_regression()
    path = run(
        problem,
        start=problem.optimum + 1e-9,
        n_steps=3000,
        lr=part * TASKS["calm_lr"].right(),
        beta=beta,
        epsilon=0.3,
    )
    assert (np.abs(path.theta[-1] - problem.optimum).max() < 1e-9) == comes_back


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("vote_drift", -0.679, "nine against one with beta = 0.9, in units of lr"),
        ("vote_drift", -0.8, "That is nine against one."),
        ("vote_drift", 1.8, "The size is right. Look at the sign."),
        ("ten_votes", 8, "That is the count of votes, at beta = 0."),
        ("ten_votes", -8, "That is the count of votes with the wrong sign."),
        ("calm_lr", 0.384, "That is the epsilon that calms lr = 0.3."),
        ("calm_lr", 0.4841, "That is the limit of an effective learning rate."),
    ],
)
def test_a_likely_wrong_number_is_named(name, answer, told):
    verdict = check_number(name, answer)
    assert not verdict
    assert told in verdict.message


@pytest.mark.parametrize("name", limits.TASKS)
def test_every_mistake_is_told_and_none_passes(name):
    for wrong, told in TASKS[name].mistakes:
        verdict = check_number(name, float(wrong()))
        assert not verdict
        assert verdict.message == told
