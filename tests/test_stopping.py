import numpy as np
import pytest

from rmsprop_lesson.optimizers import gradient_descent
from rmsprop_lesson.problems import linear_regression, quadratic_bowl
from rmsprop_lesson.stopping import (
    Moment,
    gradient_norm_below,
    loss_change_below,
    step_below,
    stopping_rules,
)
from rmsprop_lesson.trajectory import run


def test_a_change_of_the_loss_below_1e_4_stops_at_step_77_far_from_the_minimum():
    path = run(linear_regression(), stop=loss_change_below(1e-4))
    assert path.stopped_at == 77
    assert path.stopped_by == "change of the loss < 0.0001"
    assert len(path.theta) == len(path.loss) == 78
    assert path.effective_lr.shape == (77, 2)
    assert round(float(path.excess[-1]), 4) == 1.3e-3


def test_the_run_that_is_stopped_is_the_beginning_of_the_run_that_is_not():
    stopped = run(linear_regression(), stop=loss_change_below(1e-4))
    whole = run(linear_regression())
    assert np.array_equal(stopped.theta, whole.theta[:78])
    assert np.array_equal(stopped.effective_lr, whole.effective_lr[:77])


def test_it_stops_at_the_first_step_that_fulfils_the_condition():
    problem = linear_regression()
    whole = run(problem)
    change = np.abs(np.diff(whole.loss))
    assert run(problem, stop=loss_change_below(1e-3)).stopped_at == 1 + np.argmax(change < 1e-3)
    length = np.linalg.norm(whole.gradient, axis=-1)
    assert length[0] > 0.1
    assert run(problem, stop=gradient_norm_below(0.1)).stopped_at == np.argmax(length < 0.1)
    step = np.linalg.norm(np.diff(whole.theta, axis=0), axis=-1)
    assert run(problem, stop=step_below(0.01)).stopped_at == 1 + np.argmax(step < 0.01)


@pytest.mark.parametrize("rule", [gradient_norm_below, step_below])
def test_in_the_cycle_neither_gradient_nor_step_ever_get_below_1e_9(rule):
    path = run(linear_regression(), stop=rule(1e-9))
    assert path.stopped_by == "n_steps"
    assert path.stopped_at == 1000
    assert len(path.theta) == 1001


def test_gradient_descent_stops_by_all_three():
    problem = linear_regression()
    for rule in (loss_change_below(1e-9), gradient_norm_below(1e-6), step_below(1e-6)):
        path = run(problem, gradient_descent, stop=rule, lr=0.3)
        assert path.stopped_by == rule.__name__
        assert path.stopped_at < 300
        assert np.allclose(path.theta[-1], problem.optimum, atol=1e-3)


def test_of_several_rules_the_one_that_fires_first_is_named():
    rules = [gradient_norm_below(1e-9), loss_change_below(1e-4), step_below(1e-9)]
    path = run(linear_regression(), stop=rules)
    assert (path.stopped_by, path.stopped_at) == ("change of the loss < 0.0001", 77)


def test_the_reader_s_own_function_sees_two_moments():
    seen = []

    def below_two(before, after):
        seen.append((before, after))
        return after.loss < 2

    problem = linear_regression()
    path = run(problem, stop=below_two)
    assert path.stopped_by == "below_two"
    assert path.loss[-1] < 2 <= path.loss[-2]
    assert len(seen) == path.stopped_at
    for k, (before, after) in enumerate(seen):
        assert (before.iteration, after.iteration) == (k, k + 1)
        for moment in (before, after):
            assert np.array_equal(moment.theta, path.theta[moment.iteration])
            assert moment.loss == path.loss[moment.iteration]
            assert np.array_equal(moment.gradient, path.gradient[moment.iteration])


def test_a_function_that_is_called_n_steps_still_stops_the_run():
    def n_steps(before, after):
        return after.iteration == 3

    assert run(linear_regression(), stop=n_steps).stopped_at == 3


def test_a_run_from_the_optimum_stops_after_one_step():
    bowl = quadratic_bowl()
    for rule in (loss_change_below(1e-9), gradient_norm_below(1e-9), step_below(1e-9)):
        path = run(bowl, start=[0, 0], stop=rule)
        assert path.stopped_at == 1
        assert path.stopped_by == rule.__name__
        assert path.theta.tolist() == [[0, 0], [0, 0]]


def test_without_steps_no_rule_is_asked():
    path = run(linear_regression(), n_steps=0, stop=loss_change_below(1e9))
    assert (path.stopped_by, path.stopped_at) == ("n_steps", 0)


def test_the_rule_and_not_the_count_is_named_where_both_end_the_run():
    path = run(linear_regression(), n_steps=77, stop=loss_change_below(1e-4))
    assert path.stopped_by == "change of the loss < 0.0001"
    assert (
        run(linear_regression(), n_steps=76, stop=loss_change_below(1e-4)).stopped_by == "n_steps"
    )


def test_keeping_only_the_last_row_stops_at_the_same_step():
    every = run(linear_regression(), stop=loss_change_below(1e-4))
    last = run(linear_regression(), stop=loss_change_below(1e-4), keep="last")
    assert (last.stopped_by, last.stopped_at) == (every.stopped_by, every.stopped_at)
    assert last.iterations.tolist() == [77]
    assert np.array_equal(last.theta, every.theta[-1:])
    assert np.array_equal(last.effective_lr, every.effective_lr[-1:])


def test_a_rule_that_changes_its_arguments_does_not_falsify_what_a_stop_sees():
    def careless(theta, gradient, state, *, lr=0.1):
        theta -= lr * gradient
        gradient *= 0
        return theta, state

    seen = []
    path = run(linear_regression(), careless, 3, stop=lambda *moments: seen.append(moments))
    for before, after in seen:
        assert np.array_equal(before.theta, path.theta[before.iteration])
        assert np.array_equal(after.gradient, path.gradient[after.iteration])
        assert np.array_equal(before.gradient, path.gradient[before.iteration])


def test_a_diverging_run_is_not_taken_for_one_that_has_settled():
    path = run(linear_regression(), gradient_descent, 400, lr=1.0, stop=loss_change_below(1e-4))
    assert path.stopped_by == "n_steps"


def test_a_batch_can_not_be_stopped_as_one():
    with pytest.raises(ValueError, match=r"stop works on one run at a time, .* shape \(2,\)"):
        run(linear_regression(), lr=[0.1, 0.2], stop=step_below(1))


@pytest.mark.parametrize("make", [loss_change_below, gradient_norm_below, step_below])
@pytest.mark.parametrize("limit", [0, -1, np.nan, np.inf, "a", None, [1], True, 1j])
def test_a_wrong_limit_is_named(make, limit):
    with pytest.raises(ValueError, match=r"^limit must"):
        make(limit)


@pytest.mark.parametrize("stop", [1, "loss", [loss_change_below(1), 1], True])
def test_what_is_no_stopping_rule_is_named(stop):
    with pytest.raises(ValueError, match="stop must be a function of two moments, not"):
        run(linear_regression(), stop=stop)


def test_none_an_empty_list_and_a_tuple_are_understood():
    assert stopping_rules(None) == stopping_rules([]) == []
    rule = step_below(1)
    assert stopping_rules((rule,)) == stopping_rules(rule) == [rule]


def test_the_length_of_a_step_is_euclid_s():
    before = Moment(0, np.zeros(2), 1.0, np.zeros(2))
    after = Moment(1, np.array([3.0, 4.0]), 1.0, np.array([3.0, 4.0]))
    for make in (step_below, gradient_norm_below):
        assert make(5.001)(before, after)
        assert not make(5.0)(before, after)
