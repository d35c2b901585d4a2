import functools
import itertools
import tracemalloc
import zlib

import numpy as np
import pytest

from rmsprop_lesson import dials
from rmsprop_lesson.atlas import RUNS_IN_A_PIECE, build_atlas
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.packing import ABOVE, BELOW, NOT_FINITE, Channel, encode, pack, unpack
from rmsprop_lesson.problems import least_squares, linear_regression, quadratic_bowl
from rmsprop_lesson.trajectory import run

SMALL = {"lr": [0.01, 0.1, 1.0], "beta": [0.0, 0.9], "epsilon": [1e-8, 1.0]}
HALF = 0.0005 * (1 + 1e-9)

POSITIONS = {name: dials.POSITIONS[name] for name in ("lr", "beta", "epsilon")}


def a_new_problem(seed=0):
    """Return the article's problem as an object that no atlas was built for yet."""
    known = linear_regression(seed)
    return least_squares(known.X, known.y, known.start)


def settings(positions):
    """Return every combination of the positions, the last name varying fastest."""
    combinations = itertools.product(*positions.values())
    return [dict(zip(positions, values, strict=True)) for values in combinations]


# --- the default atlas ---------------------------------------------------------------------------


def test_the_sliders_have_39_19_and_14_positions():
    assert [len(values) for values in POSITIONS.values()] == [39, 19, 14]
    assert POSITIONS["lr"][:3] == (0.001, 0.0012, 0.0015)
    assert POSITIONS["lr"][-2:] == (0.82, 1.0)
    assert {"lr": 0.1, "beta": 0.9, "epsilon": 1e-8} in settings(POSITIONS)
    for values in POSITIONS.values():
        assert list(values) == sorted(set(values))
    series = [each for each in POSITIONS["lr"] if each not in (0.05, 0.2)]
    assert len(series) == 37
    assert np.allclose(np.diff(np.log10(series)), 1 / 12, atol=0.02)


def test_it_holds_every_combination_and_every_step():
    atlas = build_atlas(linear_regression())
    assert atlas.runs == 10374
    assert atlas.n_steps == 200
    assert atlas.positions == POSITIONS
    assert [channel.name for channel in atlas.channels] == [
        "theta_0",
        "theta_1",
        "excess",
        "effective_lr_0",
        "effective_lr_1",
    ]
    assert [channel.rows for channel in atlas.channels] == [201, 201, 201, 200, 200]
    assert [codes.shape for codes in atlas.codes] == [
        (10374, channel.rows) for channel in atlas.channels
    ]


def test_it_equals_run_to_the_last_stated_digit_for_every_run_and_step():
    problem = linear_regression()
    atlas = build_atlas(problem)
    theta_0, theta_1, excess, rate_0, rate_1 = atlas.codes
    grid = np.array(list(itertools.product(*POSITIONS.values())))
    for first in range(0, 10374, 741):  # other batches than those of the atlas
        part = slice(first, first + 741)
        lr, beta, epsilon = grid[part].T
        path = run(problem, n_steps=200, lr=lr, beta=beta, epsilon=epsilon)
        for codes, values in ((theta_0, path.theta[..., 0]), (theta_1, path.theta[..., 1])):
            assert np.abs(codes[part].T / 1000 - values).max() <= HALF
        for codes, values in (
            (rate_0, path.effective_lr[..., 0]),
            (rate_1, path.effective_lr[..., 1]),
        ):
            assert np.abs(codes[part].T / 1000 - np.log10(values)).max() <= HALF
        shown = excess[part].T != BELOW
        assert np.abs(excess[part].T[shown] / 1000 - np.log10(path.excess[shown])).max() <= HALF
        assert np.array_equal(shown, path.excess >= 10**-12.0005)


def test_many_runs_at_once_have_the_bits_of_single_runs_in_every_corner_and_every_31st_run():
    problem, everything = linear_regression(), settings(POSITIONS)
    corners = settings({name: (values[0], values[-1]) for name, values in POSITIONS.items()})
    sample = corners + everything[::31]
    assert len(sample) == 8 + 335
    columns = {name: [each[name] for each in sample] for name in POSITIONS}
    many = run(problem, n_steps=200, **columns)
    for k, each in enumerate(sample):
        one = run(problem, n_steps=200, **each)
        assert np.array_equal(many.theta[:, k], one.theta)
        assert np.array_equal(many.loss[:, k], one.loss)
        assert np.array_equal(many.effective_lr[:, k], one.effective_lr)


def test_a_run_is_found_by_its_values():
    atlas, path = build_atlas(linear_regression()), run(linear_regression(), n_steps=200)
    found = atlas.find(lr=0.1, beta=0.9, epsilon=1e-8)
    assert np.array_equal(found["theta_0"], path.theta[:, 0].round(3))
    assert np.array_equal(found["theta_1"], path.theta[:, 1].round(3))
    assert np.array_equal(found["effective_lr_1"], np.log10(path.effective_lr[:, 1]).round(3))
    assert found["excess"][127] == round(np.log10(path.excess[127]), 3)
    assert set(found) == {channel.name for channel in atlas.channels}


def test_its_numbers_stand_in_the_order_of_the_combinations():
    atlas = build_atlas(linear_regression())
    everything = settings(POSITIONS)
    for number in (*range(0, 10374, 97), 10373):
        assert atlas.index(**everything[number]) == number


def test_it_weighs_at_most_1_5_megabytes_on_the_wire():
    atlas = build_atlas(linear_regression())
    assert atlas.nbytes == sum(map(len, atlas.pieces)) <= 1.5e6
    assert build_atlas(linear_regression(), show=("theta", "excess")).nbytes < 0.8 * atlas.nbytes
    assert len(atlas.pieces) == -(-10374 // RUNS_IN_A_PIECE)
    assert max(map(len, atlas.pieces)) < 300_000


def test_building_it_takes_at_most_60_megabytes():
    problem = a_new_problem()
    tracemalloc.start()
    build_atlas(problem)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6


def test_its_picture_in_a_notebook_is_no_megabyte_of_bytes():
    assert len(repr(build_atlas(linear_regression(), positions=SMALL))) < 2000


# --- any grid, rule and problem ------------------------------------------------------------------


def test_it_takes_the_sliders_that_the_rule_has():
    atlas = build_atlas(linear_regression(), gradient_descent, n_steps=3)
    assert atlas.positions == {"lr": POSITIONS["lr"]}
    assert atlas.runs == 39


def test_a_grid_over_parameters_of_the_problem_equals_run():
    positions = {"condition": [1.0, 30.0, 1000.0], "angle": [0.0, 45.0], "lr": [0.1, 0.4]}
    atlas = build_atlas(quadratic_bowl, positions=positions, n_steps=50)
    assert atlas.runs == 12
    for each in settings(positions):
        bowl = quadratic_bowl(each["condition"], each["angle"])
        path, found = run(bowl, n_steps=50, lr=each["lr"]), atlas.find(**each)
        for i in range(2):
            assert np.abs(found[f"theta_{i}"] - path.theta[:, i]).max() <= HALF
            rates = np.log10(path.effective_lr[:, i])
            assert np.abs(found[f"effective_lr_{i}"] - rates).max() <= HALF
        shown = np.maximum(np.log10(path.excess), -12)  # the rest is rounding noise
        assert np.abs(np.maximum(found["excess"], -12) - shown).max() <= HALF


def test_a_rule_with_a_state_of_its_own_equals_run():
    def adam(theta, gradient, state, *, lr=0.1, beta=0.9, epsilon=1e-8):
        m, v = beta * state[0] + (1 - beta) * gradient, 0.99 * state[1] + 0.01 * gradient**2
        return theta - lr * m / np.sqrt(v + epsilon), np.stack([m, v])

    adam.initial_state = lambda theta: np.zeros((2, *theta.shape))
    atlas = build_atlas(linear_regression(), adam, SMALL, n_steps=30)
    assert [channel.name for channel in atlas.channels] == ["theta_0", "theta_1", "excess"]
    for each in settings(SMALL):
        path = run(linear_regression(), adam, 30, **each)
        assert np.abs(atlas.find(**each)["theta_1"] - path.theta[:, 1]).max() <= HALF


def test_a_problem_that_changes_with_time_and_knows_no_minimum_equals_run():
    class Drift:
        start = (1.0, 2.0)

        def loss(self, theta, step):
            return ((theta - step / 100) ** 2).sum(axis=-1)

        def gradient(self, theta, step):
            return 2 * (theta - step / 100)

    atlas = build_atlas(Drift(), positions={"lr": [0.1, 0.3]}, n_steps=40)
    path = run(Drift(), n_steps=40, lr=0.3)
    assert "excess" not in atlas.find(lr=0.3)
    assert np.abs(atlas.find(lr=0.3)["theta_0"] - path.theta[:, 0]).max() <= HALF


@pytest.mark.parametrize(
    "positions", [{}, {"lr": [0.1]}, {"lr": [1]}, {"epsilon": np.array([1e-8, 1e-3])}], ids=str
)
def test_a_grid_may_be_small(positions):
    atlas = build_atlas(linear_regression(), positions=positions, n_steps=10)
    assert atlas.runs == len(settings(positions))
    for each in settings(positions):
        path = run(linear_regression(), n_steps=10, **each)
        assert np.abs(atlas.find(**each)["theta_0"] - path.theta[:, 0]).max() <= HALF


def test_more_runs_than_one_piece_holds_are_looked_up_across_the_pieces():
    rates = np.geomspace(1e-3, 1, RUNS_IN_A_PIECE + 1)
    atlas = build_atlas(linear_regression(), positions={"lr": rates}, n_steps=3)
    assert len(atlas.pieces) == 2
    for lr in (rates[RUNS_IN_A_PIECE - 1], rates[RUNS_IN_A_PIECE]):
        path = run(linear_regression(), n_steps=3, lr=lr)
        assert np.abs(atlas.find(lr=lr)["theta_0"] - path.theta[:, 0]).max() <= HALF


def test_where_no_thread_can_start_as_in_a_browser_it_is_the_same(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    here = build_atlas(a_new_problem(), positions=SMALL)
    monkeypatch.setattr("sys.platform", "emscripten")
    monkeypatch.setattr("threading.Thread.start", refuse)
    assert build_atlas(a_new_problem(), positions=SMALL).pieces == here.pieces


def test_without_steps_it_holds_the_start():
    found = build_atlas(linear_regression(), positions={"lr": [0.1, 0.2]}, n_steps=0).find(lr=0.2)
    assert found["theta_0"].tolist() == [-0.354]
    assert found["effective_lr_0"].shape == (0,)


def test_a_finer_unit_shows_more_and_reaches_less_far():
    atlas = build_atlas(linear_regression(), positions={"lr": [0.1]}, n_steps=200, unit=1e-4)
    path, found = run(linear_regression(), n_steps=200), atlas.find(lr=0.1)
    assert atlas.channels[0].unit == 1e-4
    assert atlas.channels[2].unit == 1e-3
    inside = path.theta[:, 0] < 3.27665
    assert 0 < inside.sum() < 201
    assert np.abs(found["theta_0"] - path.theta[:, 0])[inside].max() <= HALF / 10
    assert np.isposinf(found["theta_0"][~inside]).all()


# --- what has no number --------------------------------------------------------------------------


def test_what_leaves_the_range_or_the_finite_numbers_is_marked_and_never_wrapped_around():
    problem = linear_regression()
    atlas = build_atlas(problem, gradient_descent, {"lr": [0.1, 0.6, 1.0]}, n_steps=700)
    seen = set()
    for lr in (0.1, 0.6, 1.0):
        path, found = run(problem, gradient_descent, 700, lr=lr), atlas.find(lr=lr)
        for values, shown in ((path.theta[:, 0], "theta_0"), (path.theta[:, 1], "theta_1")):
            below, above = values < -32.7665, values > 32.7665
            inside = np.abs(values) <= 32.7665
            assert np.array_equal(np.isneginf(found[shown]), below)
            assert np.array_equal(np.isposinf(found[shown]), above)
            assert np.array_equal(np.isnan(found[shown]), np.isnan(values))
            assert np.abs(found[shown][inside] - values[inside]).max() <= HALF
            seen |= {below.any(), above.any(), np.isnan(values).any()}
    assert seen == {True, False}
    path, found = run(problem, gradient_descent, 700, lr=1.0), atlas.find(lr=1.0)
    assert np.isnan(path.theta[-1, 0])
    assert np.array_equal(np.isposinf(found["excess"]), np.log10(path.excess) > 32.7665)
    assert np.array_equal(np.isnan(found["excess"]), np.isnan(path.excess))


def test_an_excess_of_nothing_or_less_than_a_millionth_of_a_millionth_counts_as_below():
    channel = Channel("excess", 0.001, -12000, 32766, 4)
    codes = channel.encode(np.array([-12.0, -12.0004, -12.0006, -np.inf]))
    assert codes.tolist() == [-12000, -12000, BELOW, BELOW]
    bowl = quadratic_bowl(condition=1)
    atlas = build_atlas(bowl, gradient_descent, {"lr": [0.25]}, n_steps=5)
    assert np.isneginf(atlas.find(lr=0.25)["excess"][1:]).all()


def test_an_excess_that_rounding_made_negative_counts_as_below():
    class Rounded:
        start = (1.0, 1.0)

        def loss(self, theta):
            return theta[..., 0]

        def excess(self, theta):
            return -1e-17 * np.ones(theta.shape[:-1])

        def gradient(self, theta):
            return 0 * theta

    atlas = build_atlas(Rounded(), gradient_descent, {"lr": [0.1]}, n_steps=2)
    assert np.isneginf(atlas.find(lr=0.1)["excess"]).all()


def test_the_codes_at_the_ends_of_the_range_are_numbers_and_the_next_are_marks():
    channel = Channel("theta_0", 0.001, -32766, 32766, 1)
    values = np.array([32.766, 32.7664, 32.7666, 1e300, np.inf, -32.766, -32.7666, -np.inf, np.nan])
    codes = channel.encode(values)
    assert codes.dtype == np.int16
    assert codes[:5].tolist() == [32766, 32766, ABOVE, ABOVE, ABOVE]
    assert codes[5:].tolist() == [-32766, BELOW, BELOW, NOT_FINITE]
    decoded = channel.decode(codes)
    assert decoded[:2].tolist() == [32.766, 32.766]
    assert np.isposinf(decoded[2:5]).all()
    assert decoded[5] == -32.766
    assert np.isneginf(decoded[6:8]).all()
    assert np.isnan(decoded[8])


# --- the wire ------------------------------------------------------------------------------------


def test_packed_and_unpacked_again_any_codes_are_the_same():
    random = np.random.RandomState(4)
    channels = [
        Channel("a", 0.001, -32766, 32766, 30),
        Channel("b", 0.001, -32766, 32766, 30, relative=True),
        Channel("c", 0.001, -12000, 32766, 29),
    ]
    codes = [random.randint(-32768, 32768, (17, each.rows)).astype(np.int16) for each in channels]
    codes[0][0, :4] = [-32768, 32767, -32768, 32767]
    for before, after in zip(codes, unpack(pack(codes, channels), channels), strict=True):
        assert after.dtype == np.int16
        assert np.array_equal(before, after)


def test_a_plain_loop_that_follows_the_description_reads_a_piece():
    atlas = build_atlas(linear_regression(), positions=SMALL, n_steps=20)
    data = zlib.decompress(atlas.pieces[0])
    at, changes_before = 0, None
    for channel, expected in zip(atlas.channels, atlas.codes, strict=True):
        size = 12 * channel.rows
        folded = [data[at + k] + 256 * data[at + size + k] for k in range(size)]
        at += 2 * size
        changes = [f // 2 if f % 2 == 0 else -(f + 1) // 2 for f in folded]
        if channel.relative:
            changes = [a + b for a, b in zip(changes, changes_before, strict=True)]
        changes_before = changes
        for number in range(12):
            row = itertools.accumulate(changes[number * channel.rows : (number + 1) * channel.rows])
            codes = [(code + 32768) % 65536 - 32768 for code in row]
            assert codes == expected[number].tolist()
    assert at == len(data)


def test_the_lesson_s_own_run_can_be_encoded_alone():
    path = run(linear_regression(), n_steps=20)
    channels, codes = encode(path)
    assert [each.shape for each in codes] == [(1, 21), (1, 21), (1, 21), (1, 20), (1, 20)]
    atlas = build_atlas(linear_regression(), positions={"lr": [0.1]}, n_steps=20)
    assert atlas.channels == channels
    for alone, packed in zip(codes, atlas.codes, strict=True):
        assert np.array_equal(alone, packed)


# --- what is kept --------------------------------------------------------------------------------


def test_the_atlas_of_the_same_problem_and_rule_is_built_once():
    atlas = build_atlas(linear_regression())
    assert build_atlas(linear_regression(seed=0), rmsprop, dict(POSITIONS), np.int64(200)) is atlas
    small = build_atlas(linear_regression(), positions=SMALL, n_steps=9)
    assert build_atlas(linear_regression(), positions=SMALL, n_steps=9) is small
    assert build_atlas(linear_regression(), positions=SMALL, n_steps=8) is not small
    assert build_atlas(linear_regression(), positions=SMALL, n_steps=9, unit=0.01) is not small
    assert (
        build_atlas(linear_regression(), positions=SMALL, n_steps=9, show=("theta",)) is not small
    )
    assert build_atlas(a_new_problem(), positions=SMALL, n_steps=9) is not small


def test_the_atlas_of_a_reader_s_rule_is_never_kept_because_the_rule_may_change():
    size = 1.0

    def mine(theta, gradient, state, *, lr=0.1):
        return theta - size * lr * gradient, state

    @functools.wraps(rmsprop)
    def wrapped(theta, gradient, state, *, lr=0.1, beta=0.9, epsilon=1e-8):
        return theta - size * lr * gradient, state

    for rule in (mine, wrapped, functools.partial(mine, lr=0.1)):
        size = 1.0
        before = build_atlas(linear_regression(), rule, {"lr": [0.1]}, n_steps=3)
        size = 0.5
        after = build_atlas(linear_regression(), rule, {"lr": [0.1]}, n_steps=3)
        assert before.find(lr=0.1)["theta_0"][1] != after.find(lr=0.1)["theta_0"][1]


def test_the_atlas_of_a_reader_s_problem_is_never_kept_because_the_problem_may_change():
    class Mine:
        start = np.array([1.0, 2.0])
        centre = 0.0

        def loss(self, theta):
            return ((theta - self.centre) ** 2).sum(axis=-1)

        def gradient(self, theta):
            return 2 * (theta - self.centre)

    mine = Mine()
    before = build_atlas(mine, gradient_descent, {"lr": [0.1]}, n_steps=3).find(lr=0.1)
    mine.centre = 5.0
    after = build_atlas(mine, gradient_descent, {"lr": [0.1]}, n_steps=3).find(lr=0.1)
    assert before["theta_0"][1] < 1 < after["theta_0"][1]


def test_a_rule_that_is_wrong_in_one_corner_of_the_batch_only_is_refused():
    def rule(theta, gradient, state, *, lr=0.1, beta=0.9, epsilon=1e-8):
        lr = lr / 2 if np.max(lr) > 0.9 else lr
        return rmsprop(theta, gradient, state, lr=lr, beta=beta, epsilon=epsilon)

    with pytest.raises(ValueError, match="as if it were alone"):
        build_atlas(linear_regression(), rule, n_steps=5)


def test_a_rule_that_mixes_the_runs_is_refused():
    def clipped(theta, gradient, state, *, lr=0.1):
        return theta - lr * gradient / np.linalg.norm(gradient), state

    def counting(theta, gradient, state, *, lr=0.1):
        calls.append(None)
        return theta - lr * gradient / len(calls), state

    calls = []
    for rule in (clipped, counting):
        with pytest.raises(ValueError, match=f"{rule.__name__} must treat every run as if it were"):
            build_atlas(linear_regression(), rule, {"lr": [0.1, 0.2]}, n_steps=5)


def test_a_rule_that_takes_no_arrays_lets_its_own_error_through():
    def choosy(theta, gradient, state, *, lr=0.1):
        return (theta - lr * gradient if lr > 0.15 else theta), state

    with pytest.raises(ValueError, match="ambiguous"):
        build_atlas(linear_regression(), choosy, {"lr": [0.1, 0.2]}, n_steps=5)


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("positions", "message"),
    [
        ([0.1], r"positions must be a dict of name to values, not \[0\.1\]"),
        ({"lr": []}, r"positions of lr must be a list of numbers, not \[\]"),
        ({"lr": 0.1}, r"positions of lr must be a list of numbers, not 0\.1"),
        ({"lr": [[0.1, 0.2]]}, "positions of lr must be a list of numbers"),
        ({"lr": ["0.1"]}, "lr must hold real numbers only"),
        ({"lr": None}, "lr must hold real numbers only, not None"),
        ({"lr": [np.nan]}, "lr must hold finite numbers only, not nan"),
        ({"lr": [0.1, -1.0]}, r"lr must be a finite number above 0, not -1\.0"),
        ({"beta": [1]}, "beta must be a number from 0"),
        ({"mu": [1]}, "positions must be of lr, beta, epsilon, not of 'mu'"),
        ({"n_steps": [1]}, "positions must be of lr, beta, epsilon, not of 'n_steps'"),
        ({"start": [1]}, "positions must be of lr, beta, epsilon, not of 'start'"),
    ],
)
def test_wrong_positions_are_named(positions, message):
    with pytest.raises(ValueError, match=message):
        build_atlas(linear_regression(), positions=positions, n_steps=2)


@pytest.mark.parametrize("n_steps", [-1, 2.0, None, True, "3"])
def test_a_wrong_number_of_steps_is_named(n_steps):
    build_atlas(linear_regression(), positions={"lr": [0.1]}, n_steps=1)
    build_atlas(linear_regression(), positions={"lr": [0.1]}, n_steps=2)
    with pytest.raises(ValueError, match="n_steps must be a whole number, 0 or above, not"):
        build_atlas(linear_regression(), positions={"lr": [0.1]}, n_steps=n_steps)


@pytest.mark.parametrize("unit", [0, -1, np.nan, 0.3, 2, np.inf, "a", None, [0.001]])
def test_a_wrong_unit_is_named(unit):
    with pytest.raises(ValueError, match="unit must"):
        build_atlas(linear_regression(), positions={"lr": [0.1]}, n_steps=1, unit=unit)


@pytest.mark.parametrize("show", [(), ("x",), "theta", None, 3])
def test_a_wrong_kind_of_numbers_is_named(show):
    with pytest.raises(ValueError, match="show must hold some of theta, excess, effective_lr, not"):
        build_atlas(linear_regression(), positions={"lr": [0.1]}, n_steps=1, show=show)


def test_numbers_that_the_run_does_not_have_can_not_be_all_that_is_shown():
    def plain(theta, gradient, state, *, lr=0.1):
        return theta - lr * gradient, state

    with pytest.raises(ValueError, match="show must hold a kind of numbers that the run has"):
        build_atlas(linear_regression(), plain, {"lr": [0.1]}, show=("effective_lr",))


def test_a_value_between_the_positions_is_in_no_run():
    atlas = build_atlas(linear_regression(), positions=SMALL, n_steps=2)
    for values in (
        {"lr": 0.05, "beta": 0.9, "epsilon": 1.0},
        {"lr": np.nextafter(0.1, 1), "beta": 0.9, "epsilon": 1.0},
        {"lr": np.nan, "beta": 0.9, "epsilon": 1.0},
    ):
        assert atlas.index(**values) is None
        with pytest.raises(ValueError, match="the atlas has no run with"):
            atlas.find(**values)
    assert atlas.index(lr=np.float64(0.1), beta=0, epsilon=1) == 5


def test_a_look_up_names_every_parameter_and_no_other():
    atlas = build_atlas(linear_regression(), positions=SMALL, n_steps=2)
    with pytest.raises(ValueError, match="values must name lr, beta, epsilon, not lr"):
        atlas.find(lr=0.1)
    with pytest.raises(ValueError, match="values must name lr, beta, epsilon, not lr, beta, eps"):
        atlas.index(lr=0.1, beta=0.9, eps=1.0)
    with pytest.raises(ValueError, match="values must name lr, beta, epsilon, not nothing"):
        atlas.find()


def test_what_is_fixed_and_what_is_looked_up_must_be_single_numbers():
    problem = linear_regression()
    with pytest.raises(ValueError, match=r"fixed lr must be one finite number, not \[0.1\]"):
        build_atlas(problem, positions={"beta": [0.9]}, n_steps=5, fixed={"lr": [0.1]})
    atlas = build_atlas(problem, positions={"lr": [0.1]}, n_steps=5)
    with pytest.raises(ValueError, match="lr must be one number, not array"):
        atlas.find(lr=np.array([0.1, 0.2]))


def test_an_atlas_of_too_many_runs_is_refused():
    positions = {"lr": np.linspace(0.1, 1, 100_000), "beta": np.linspace(0, 0.9, 100_000)}
    with pytest.raises(ValueError, match="positions must give at most 10000000 runs, not 1000000"):
        build_atlas(linear_regression(), positions=positions)
