"""Charts: what is drawn is what compute returns, for every position and in between."""

import io
import itertools
import json

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from rmsprop_lesson.charts import Chart, Panel, Series
from rmsprop_lesson.dials import dial
from rmsprop_lesson.packing import Channel, unpack

LR, BETA = (0.05, 0.1, 0.2), (0.0, 0.5, 0.9)
AGES = np.arange(11.0)


def weights(lr, beta):
    return {
        "weight": (1 - beta) * beta**AGES,
        "sum": 1 - beta ** (AGES + 1),
        "across": lr * np.cos(AGES),
        "up": lr * np.sin(AGES),
        "says": f"lr is {lr:g} and beta is {beta:g}.",
    }


def many(lr, beta):
    return {
        "weight": (1 - beta) * beta ** AGES[:, None],
        "sum": 1 - beta ** (AGES[:, None] + 1),
        "across": lr * np.cos(AGES[:, None]),
        "up": lr * np.sin(AGES[:, None]),
        "says": [f"lr is {a:g} and beta is {b:g}." for a, b in zip(lr, beta, strict=True)],
    }


PANELS = (
    Panel("sum", "Sum", (0, 10), (0, 1), (Series("sum", "sum"),), marks=(0.5,)),
    Panel(
        "log",
        "Both",
        (0, 10),
        (1e-6, 1),
        (Series("weight", "weight"), Series("sum", "sum")),
        log=True,
    ),
    Panel(
        "plane",
        "Plane",
        (-1, 1),
        (-1, 1),
        (Series(("across", "up"), "path", told=False),),
        over="plane",
    ),
    Panel("bars", "Weights", (-1, 11), (0, 1), (Series("weight", "weight"),), over="bars"),
    Panel("past", "Past", (-1, 11), (0, 1), (Series("sum", "sum"),), over="past"),
)


def chart(compute=weights, panels=PANELS, dials=None, **options):
    dials = dials or (dial("lr", LR), dial("beta", BETA, first=0.5))
    return Chart(compute, dials, panels, **{"title": "Memory", "n_steps": 10} | options)


@pytest.fixture(scope="module")
def shared():
    return chart()


def unpacked(told, channels):
    channels = [Channel(**each) for each in channels]
    return {
        channel.name: channel.decode(codes)
        for channel, codes in zip(channels, unpack(told, channels), strict=True)
    }


def assert_shows(numbers, lr, beta):
    expected = weights(lr, beta)
    for name, shown in numbers.items():
        if name.startswith("log "):
            with np.errstate(divide="ignore"):
                wanted = np.log10(expected[name.removeprefix("log ")])
            inside = np.isfinite(wanted)
            assert (shown[~inside] == -np.inf).all()
            assert np.abs(shown[inside] - wanted[inside]).max() <= 0.0005 + 1e-9
        else:
            assert np.abs(shown - expected[name]).max() <= 0.00005 + 1e-9


@pytest.mark.parametrize(
    "options", [{}, {"many": many}, {"compute": None, "many": many}], ids=["one", "both", "many"]
)
def test_every_position_shows_what_compute_returns_and_says(options):
    made = chart(**options)
    path = made.player.scene["paths"][0]
    numbers = unpacked(made.player.pieces[0][0], path["channels"])
    assert set(numbers) == {"sum", "log weight", "log sum", "across", "up", "weight"}
    for number, (lr, beta) in enumerate(itertools.product(LR, BETA)):
        assert_shows({name: each[number] for name, each in numbers.items()}, lr, beta)
        assert path["says"][number] == f"lr is {lr:g} and beta is {beta:g}."
        made.set(lr=lr, beta=beta)
        assert made.sentence.endswith(path["says"][number])


def test_a_value_between_two_positions_is_computed_exactly(shared):
    shared.reset()
    shared.boxes["lr"].value = "0.123"
    shared.boxes["beta"].value = "0.75"
    told = shared.player.exact
    assert told["setting"] == {"lr": 0.123, "beta": 0.75}
    (run,) = told["runs"]
    assert run["says"] == "lr is 0.123 and beta is 0.75."
    numbers = unpacked(run["piece"], run["channels"])
    assert_shows({name: each[0] for name, each in numbers.items()}, 0.123, 0.75)


def test_python_computes_nothing_while_positions_are_chosen():
    calls = []
    made = chart(lambda **values: calls.append(values) or weights(**values))
    calls.clear()
    for lr, beta in itertools.product(LR, BETA):
        made.lr.value, made.beta.value = lr, beta
    assert calls == []
    made.set(lr=0.15)
    assert calls == [{"lr": 0.15, "beta": 0.9}]


def test_the_sentence_tells_setting_row_and_the_numbers_that_are_meant(shared):
    shared.reset()
    assert shared.sentence == (
        "Memory, lr = 0.1, beta = 0.5, iteration 10. Sum 1, weight 0.00049. "
        "lr is 0.1 and beta is 0.5."
    )
    shared.player.iteration = 1
    assert "iteration 1. Sum 0.75, weight 0.25. lr is" in shared.sentence


def test_rows_with_names_are_called_by_them():
    rows = tuple("abcdefghijk")
    made = chart(rows=rows, start=2)
    assert made.sentence.startswith("Memory, lr = 0.1, beta = 0.5, step 2, c. Sum 0.875")
    made.player.iteration = 7
    made.reset()
    assert made.player.iteration == 2
    assert made.player.scene["rows"] == rows and made.player.scene["word"] == "step"


def test_the_scene_is_plain_json(shared):
    told = shared.player.scene
    assert json.loads(json.dumps(told, allow_nan=False))["n_steps"] == 10
    assert [panel["over"] for panel in told["panels"]] == ["iteration"] * 2 + [
        "theta",
        "bars",
        "past",
    ]
    assert told["panels"][1]["y"] == [-6, 0]


def test_the_picture_draws_the_same_numbers(shared):
    shared.reset()
    shared.player.iteration = 3
    drawn = {panel.name: Figure().add_subplot() for panel in PANELS}
    for panel in PANELS:
        shared._draw(panel, drawn[panel.name])
    numbers = weights(0.1, 0.5)
    lines = {line.get_label(): line for line in drawn["log"].lines}
    assert np.array_equal(lines["weight"].get_ydata(), numbers["weight"])
    path = {line.get_label(): line for line in drawn["plane"].lines}["path"]
    assert np.array_equal(path.get_xydata(), np.transpose([numbers["across"], numbers["up"]]))
    bars, past = (drawn[name].collections[0].get_segments() for name in ("bars", "past"))
    assert np.allclose([s[1] for s in bars], np.transpose([AGES, numbers["weight"]]))
    assert np.allclose([s[1] for s in past], np.transpose([3 - AGES[:4], numbers["sum"][:4]]))


def test_a_setting_changes_the_picture(shared):
    shared.reset()
    before = imread(io.BytesIO(shared.png()))
    shared.set(beta=0.9)
    after = imread(io.BytesIO(shared.png()))
    assert before.shape == after.shape and (before != after).any()


def test_what_leaves_a_window_or_the_finite_numbers_is_marked():
    def far(lr):
        return {"x": np.array([0, 1e9, -1e9, np.inf, np.nan]) * lr}

    panel = Panel("x", "x", (0, 4), (-1, 1), (Series("x", "x"), Series("x", "log")))
    made = chart(far, (panel,), (dial("lr", (1.0, 2.0)),), n_steps=4)
    path = made.player.scene["paths"][0]
    shown = unpacked(made.player.pieces[0][0], path["channels"])["x"][0]
    assert np.array_equal(shown, [0, np.inf, -np.inf, np.inf, np.nan], equal_nan=True)
    assert made.sentence.endswith("iteration 4. X not finite, log not finite.")
    for row, words in enumerate(["x 0,", "x above 3.28,", "x below -3.28,", "x above 3.28,"]):
        made.player.iteration = row
        assert words in made.sentence.lower()


def test_what_lies_beyond_the_range_on_a_log_axis_is_told_as_that():
    panel = Panel("x", "x", (0, 1), (1e-9, 1), (Series("x", "x"),), log=True)
    made = chart(lambda lr: {"x": np.array([0.0, 1e40])}, (panel,), (dial("lr"),), n_steps=1)
    assert made.sentence.endswith("iteration 1. X above 5.8e+32.")
    made.player.iteration = 0
    assert made.sentence.endswith("iteration 0. X below 1.7e-33.")


def test_a_line_that_begins_late_is_told_from_there_on():
    panel = Panel("x", "x", (0, 2), (-1, 1), (Series("x", "x"),))
    made = chart(
        lambda lr: {"x": np.array([np.nan, 0.5, 0.25])}, (panel,), (dial("lr"),), n_steps=2
    )
    assert made.sentence.endswith("X 0.25.")
    made.player.iteration = 0
    assert made.sentence.endswith("iteration 0.")


def test_a_value_that_cannot_be_computed_is_explained_and_the_chart_goes_on():
    def picky(**values):
        if values["lr"] == 0.123:
            raise ZeroDivisionError("no such way")
        return weights(**values)

    made = chart(picky)
    made.boxes["lr"].value = "0.123"
    told = "annot be computed for these values. ZeroDivisionError: no such way"
    assert made.player.exact["runs"][0]["error"] == f"c{told}"
    assert made.sentence == f"Memory, lr = 0.123, beta = 0.5, iteration 10. C{told}."
    assert made.png().startswith(b"\x89PNG")
    made.lr.value = 0.2
    assert "Sum 1" in made.sentence
    made.set(lr=0.15)
    assert "piece" in made.player.exact["runs"][0]


@pytest.mark.parametrize("name", ["set", "values", "png", "layout", "player"])
def test_a_slider_cannot_take_the_name_of_something_else(name):
    with pytest.raises(ValueError, match=f"a slider cannot be called '{name}'"):
        chart(lambda **_: weights(0.1, 0.5), dials=(dial(name, (1, 2)),))


@pytest.mark.parametrize("name", ["a b", "c<", "", 5, None, ["lr"]], ids=repr)
def test_the_name_of_a_dial_is_a_word(name):
    with pytest.raises(ValueError, match="name must be a word such as lr, not"):
        dial(name, (1, 2))


@pytest.mark.parametrize("first", ["x", "1", True, [0.1], None, np.nan], ids=repr)
def test_the_first_value_of_a_dial_is_one_number(first):
    if first is None:
        assert dial("lr", first=first).first == 0.1
        return
    with pytest.raises(ValueError, match="lr must be"):
        dial("lr", first=first)


def test_what_compute_leaves_out_is_named():
    with pytest.raises(ValueError, match="compute must return sum, up, too"):
        chart(lambda lr, beta: {n: AGES for n in ("weight", "across")})


def test_too_many_settings_are_refused():
    with pytest.raises(ValueError, match="at most 5000 settings together, not 10374"):
        chart(lambda **_: weights(0.1, 0.5), PANELS, (dial("lr"), dial("beta"), dial("epsilon")))


def test_a_finer_unit_can_be_asked_for():
    made = chart(units={"sum": 1e-6}, panels=PANELS[:1])
    (channel,) = made.player.scene["paths"][0]["channels"]
    assert channel["unit"] == 1e-6


# ---- dials ------------------------------------------------------------------------------------


def test_a_known_dial_has_the_positions_and_the_first_value_of_the_lesson():
    made = dial("lr")
    assert (len(made.positions), made.first, made.name) == (39, 0.1, "lr")
    assert dial("condition").positions[-1] == 1000 and dial("angle").first == 0


def test_a_dial_of_ones_own_starts_in_the_middle_and_says_what_it_does():
    made = dial("period", (1, 2, 5), words="period", meaning="Steps between two flips.", lower=1)
    assert (made.positions, made.first) == ((1.0, 2.0, 5.0), 2.0)
    assert made.parameter.meaning == "Steps between two flips."
    with pytest.raises(ValueError, match=r"period must be a finite number, 1 or above, not 0\.5"):
        made.parameter.check(0.5)


@pytest.mark.parametrize(
    "positions", [(), (1, 1), (2, 1), "abc", 3, (1, np.nan), [[1, 2]], (None,)], ids=repr
)
def test_wrong_positions_are_refused(positions):
    with pytest.raises(ValueError, match="positions must"):
        dial("period", positions)


def test_a_dial_without_positions_names_the_known_ones():
    with pytest.raises(
        ValueError, match="positions must be given for 'period'; known are lr, beta"
    ):
        dial("period")


def test_positions_and_first_value_must_be_allowed():
    with pytest.raises(ValueError, match="beta must be"):
        dial("beta", (0.5, 1.0))
    with pytest.raises(ValueError, match="beta must be"):
        dial("beta", first=1.0)


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        ("dials", (dial("lr", LR), dial("lr", LR)), "dials must be a tuple of dials with diff"),
        ("panels", PANELS[:1] * 2, "panels must be a tuple of panels with different names"),
        ("rows", ("first", "last"), "rows must be 11 texts or None, not \\('first', 'last'\\)"),
        ("units", {"sum": 0}, "units of sum must be a finite number above 0, not 0"),
        ("start", 11, "start must be at most n_steps = 10, not 11"),
        ("compute", None, "compute must be a function of the dials, or None beside many, not None"),
    ],
)
def test_a_wrong_argument_of_a_chart_is_named(argument, value, said):
    with pytest.raises(ValueError, match=said):
        chart(**{argument: value})


@pytest.mark.parametrize("given", [{"compute": weights}, {"many": many, "compute": None}])
def test_what_is_no_real_number_is_not_drawn(given):
    def turned(function):
        def changed(**values):
            numbers = function(**values)
            return numbers | {"sum": numbers["sum"] * 1j}

        return changed

    given = {name: function and turned(function) for name, function in given.items()}
    with pytest.raises(ValueError, match="what compute returns for sum must hold real numbers"):
        chart(**given)


def test_what_is_no_real_number_between_two_positions_is_said():
    def sometimes(lr, beta):
        numbers = weights(lr, beta)
        return numbers | {"sum": numbers["sum"] * 1j} if lr == 0.07 else numbers

    made = chart(sometimes)
    made.set(lr=0.07)
    told = made.player.exact["runs"][0]["error"]
    assert "what compute returns for sum must hold real numbers" in told
    made.set(lr=0.08)
    assert "error" not in made.player.exact["runs"][0]


def test_an_exception_without_a_text_is_told_by_its_name():
    class Unprintable(Exception):
        def __str__(self):
            raise RuntimeError("this exception has no text")

    def sometimes(lr, beta):
        if lr == 0.07:
            raise Unprintable
        return weights(lr, beta)

    made = chart(sometimes)
    made.set(lr=0.07)
    assert "Unprintable" in made.player.exact["runs"][0]["error"]
    assert "Unprintable" in made.sentence
