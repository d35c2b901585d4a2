"""The explorer without a browser: what Python answers, and what it leaves to the browser."""

import base64
import functools
import gc
import io
import itertools
import math
import threading
import weakref

import comm
import ipywidgets
import numpy as np
import pytest
from comm.base_comm import BaseComm
from matplotlib.image import imread

from rmsprop_lesson import explorer as module
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.optimizers import HYPERPARAMETERS, gradient_descent, rmsprop
from rmsprop_lesson.packing import Channel, unpack
from rmsprop_lesson.problems import Quadratic, linear_regression, quadratic_bowl
from rmsprop_lesson.safe_calls import printable
from rmsprop_lesson.trajectory import run

PROBLEM = linear_regression()
NAMES = ("lr", "beta", "epsilon")
FIRST = {"lr": 0.1, "beta": 0.9, "epsilon": 1e-8}
SIZES = [(558, 828), (558, 827)]  # of a picture: Matplotlib 3.11 rounds, 3.10 cuts
DECADE = (1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2)
POSITIONS = {  # written out here once more, each as the shortest text of its number
    "lr": sorted([float(f"{m}e-{d}") for d in (3, 2, 1) for m in DECADE] + [0.05, 0.2, 1.0]),
    "beta": [0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99]
    + [0.995, 0.998, 0.999],
    "epsilon": [1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1],
}
EVERY_POSITION = [(name, value) for name in NAMES for value in POSITIONS[name]]


def printed(value):
    """Return a value in words that are the same in every run."""
    arguments = getattr(getattr(value, "__code__", None), "co_argcount", "")
    return f"{printable(repr(value))}{arguments}"


@pytest.fixture(scope="module")
def shared():
    return Explorer(PROBLEM)


@pytest.fixture
def explorer(shared):
    """Return one explorer of the article's problem at its first settings."""
    shared.player.coupled = False
    shared.reset()
    return shared


class Wire(BaseComm):
    """A comm that keeps what Python sends to the browser."""

    sent = []  # noqa: RUF012

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        self.sent.append((self.comm_id, msg_type, data or {}, buffers or []))


@pytest.fixture
def wire(monkeypatch):
    monkeypatch.setattr(comm, "create_comm", Wire)
    monkeypatch.setattr(Wire, "sent", [])
    return Wire.sent


def updates(wire, *widgets):
    ids = {widget.model_id for widget in widgets}
    return [
        data["state"] for who, _, data, _ in wire if who in ids and data.get("method") == "update"
    ]


def controls(explorer):
    return [
        part[n] for part in (explorer.sliders, explorer.boxes, explorer.messages) for n in NAMES
    ]


def assert_shows(explorer, **values):
    """Assert that setting, sliders, boxes and messages all say these values."""
    values = FIRST | values
    assert explorer.values == values
    for name, value in values.items():
        positions = POSITIONS[name]
        nearest = min(positions, key=lambda position: abs(position - value))
        assert explorer.sliders[name].value == nearest
        assert float(explorer.boxes[name].value) == value
        assert explorer.messages[name].value == HYPERPARAMETERS[name].meaning
    path, expected = explorer.trajectory, run(explorer.problem, n_steps=explorer.n_steps, **values)
    assert np.array_equal(path.theta, expected.theta, equal_nan=True)


def decoded(told):
    channels = [Channel(**each) for each in told["channels"]]
    codes = unpack(told["piece"], channels)
    return {
        channel.name: channel.decode(code[0]) for channel, code in zip(channels, codes, strict=True)
    }


def assert_is_run(told, path):
    """Assert that a packed run equals a trajectory to the stated digit: half of 0.001."""
    with np.errstate(all="ignore"):
        expected = {
            "theta_0": path.theta[:, 0],
            "theta_1": path.theta[:, 1],
            "excess": np.log10(path.excess),
        }
        if path.effective_lr is not None:
            expected["effective_lr_0"] = np.log10(path.effective_lr[:, 0])
            expected["effective_lr_1"] = np.log10(path.effective_lr[:, 1])
    numbers = decoded(told)
    assert numbers.keys() == expected.keys()
    for name, values in expected.items():
        shown = numbers[name]
        inside = np.isfinite(shown)
        assert np.abs(shown[inside] - values[inside]).max(initial=0) <= 0.0005 + 1e-9
        assert np.array_equal(np.isnan(shown), np.isnan(values))
        assert (values[shown == np.inf] > 32.766).all()
        assert (values[shown == -np.inf] < (-12 if name == "excess" else -32.766)).all()


# ---- sliders, boxes, set, reset ---------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_positions_of_a_slider_are_exact_and_its_labels_say_them(explorer, name):
    options = explorer.sliders[name].options
    assert [value for _, value in options] == POSITIONS[name]
    assert [float(label) for label, _ in options] == POSITIONS[name]


def test_the_sliders_of_the_article_number_37_19_and_14(explorer):
    assert [len(slider.options) for slider in explorer.sliders.values()] == [39, 19, 14]
    assert (explorer.lr, explorer.beta, explorer.epsilon) == tuple(explorer.sliders.values())


def test_the_first_settings_are_those_of_the_article(explorer):
    assert_shows(explorer)
    assert explorer.player.iteration == explorer.n_steps == 200


def test_every_position_of_every_slider_goes_to_exactly_its_setting(explorer):
    for name, value in EVERY_POSITION:
        explorer.reset()
        explorer.sliders[name].value = value
        assert_shows(explorer, **{name: value})


def test_every_corner_of_the_sliders_is_shown(explorer):
    for corner in itertools.product(
        *(POSITIONS[name][:: len(POSITIONS[name]) - 1] for name in NAMES)
    ):
        for name, value in zip(NAMES, corner, strict=True):
            explorer.sliders[name].value = value
        assert_shows(explorer, **dict(zip(NAMES, corner, strict=True)))


def test_the_nearest_position_can_be_chosen_from_between_two(explorer):
    explorer.set(lr=0.37)
    assert_shows(explorer, lr=0.37)
    assert explorer.lr.value == 0.39
    explorer.lr.value = 0.39
    assert_shows(explorer, lr=0.39)


def test_a_value_that_is_no_position_is_refused_by_the_slider(explorer):
    with pytest.raises(Exception, match="value not found"):
        explorer.lr.value = 0.37
    assert_shows(explorer)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("lr", "1e-3", 0.001),
        ("lr", " .5 ", 0.5),
        ("lr", "0.37", 0.37),
        ("lr", "1E-300", 1e-300),
        ("beta", "0", 0.0),
        ("beta", "-0", 0.0),
        ("beta", ".875", 0.875),
        ("epsilon", "0", 0.0),
        ("epsilon", "1e300", 1e300),
    ],
)
def test_a_box_takes_every_allowed_value(explorer, name, text, value):
    explorer.boxes[name].value = text
    assert_shows(explorer, **{name: value})
    assert not explorer.boxes[name].value.startswith((" ", "-"))


REFUSED = ["abc", "", "0,9", "-1", "inf", "nan", "1e999", "0x10", "½", "x" * 5000, "<script>", "1e"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:9])
def test_a_box_explains_what_it_refuses_and_the_last_setting_stays(explorer, name, text):
    explorer.set(lr=0.22, beta=0.5)
    explorer.boxes[name].value = text
    message = explorer.messages[name].value
    assert message.startswith(f'{name} must be {HYPERPARAMETERS[name].allowed}, not "{text[:30]}')
    shown = {"lr": "0.22", "beta": "0.5", "epsilon": "1e-08"}[name]
    assert message.endswith(f"The picture still shows {name} = {shown}.")
    assert len(message) < 200
    assert explorer.values == FIRST | {"lr": 0.22, "beta": 0.5}
    explorer.boxes[name].value = shown  # the same setting again takes the refusal back
    assert_shows(explorer, lr=0.22, beta=0.5)


@pytest.mark.parametrize(("name", "text"), [("lr", "0"), ("beta", "1"), ("epsilon", "-1e-9")])
def test_the_open_ends_of_the_ranges_are_refused(explorer, name, text):
    explorer.boxes[name].value = text
    assert f'not "{text}"' in explorer.messages[name].value
    assert explorer.values == FIRST


def test_a_refusal_goes_when_a_slider_moves_or_the_explorer_is_reset(explorer):
    explorer.boxes["lr"].value = "abc"
    explorer.lr.value = 0.12
    assert_shows(explorer, lr=0.12)
    explorer.boxes["lr"].value = "abc"
    explorer.boxes["beta"].value = "abc"
    explorer.reset()
    assert_shows(explorer)
    explorer.boxes["lr"].value = "abc"
    explorer.reset()
    assert_shows(explorer)


def test_set_takes_values_on_positions_and_between_them(explorer):
    explorer.set(lr=0.37, epsilon=1e-5)
    assert_shows(explorer, lr=0.37, epsilon=1e-5)
    explorer.set(beta=np.float64(0.95), lr=1)
    assert_shows(explorer, lr=1.0, beta=0.95, epsilon=1e-5)
    explorer.set()
    assert_shows(explorer, lr=1.0, beta=0.95, epsilon=1e-5)


BAD_NUMBERS = [
    "0.5",
    None,
    math.nan,
    math.inf,
    -1,
    [0.5],
    [],
    (0.1, 0.2),
    1j,
    True,
    {},
    b"1",
    "abc",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", BAD_NUMBERS, ids=printed)
def test_set_is_all_or_nothing_and_names_what_is_wrong(explorer, name, value):
    good = {"lr": 0.5, "beta": 0.5, "epsilon": 0.5}
    with pytest.raises(ValueError, match=f"{name} must be") as wrong:
        explorer.set(**good | {name: value})
    assert str(value).strip("[]") in str(wrong.value)
    assert_shows(explorer)


def test_set_refuses_what_has_no_slider(explorer):
    with pytest.raises(ValueError, match=r"'momentum' for 0\.9; there are lr, beta, epsilon"):
        explorer.set(lr=0.5, momentum=0.9)
    assert_shows(explorer)


def test_reset_goes_back_to_the_first_values_and_to_the_end():
    explorer = Explorer(PROBLEM, lr=0.33, beta=0.97)
    explorer.set(lr=0.5, epsilon=0.7)
    explorer.player.iteration = 3
    explorer.reset()
    assert_shows(explorer, lr=0.33, beta=0.97)
    assert explorer.player.iteration == 200


def test_an_iteration_that_does_not_exist_is_refused(explorer):
    for iteration in (-1, 201):
        with pytest.raises(ValueError, match=f"iteration must be from 0 to 200, not {iteration}"):
            explorer.player.iteration = iteration
    assert explorer.player.iteration == 200


@pytest.mark.parametrize(
    "values", [{}, {"lr": 0.37}, {"lr": 1, "beta": 0, "epsilon": 0}, {"lr": 1e-300, "beta": 1 / 3}]
)
def test_the_code_gives_the_trajectories_on_screen(values):
    def my_rmsprop(theta, gradient, state, *, epsilon=0.5, lr=0.1):
        return theta - lr * gradient / np.sqrt(gradient**2 + epsilon), state

    explorer = Explorer(PROBLEM, compare=(gradient_descent, my_rmsprop), n_steps=30)
    explorer.set(**values)
    scope = {"run": run, "problem": PROBLEM, "my_rmsprop": my_rmsprop}
    scope |= {"rmsprop": rmsprop, "gradient_descent": gradient_descent}
    lines = explorer.code.splitlines()
    assert len(lines) == 3
    for line, path in zip(lines, explorer.trajectories, strict=True):
        again = eval(line, scope)
        assert np.array_equal(again.theta, path.theta)
        assert again.hyperparameters == path.hyperparameters


def test_the_code_is_what_a_reader_would_write(explorer):
    explorer.set(lr=0.37)
    assert explorer.code == "run(problem, rmsprop, n_steps=200, lr=0.37, beta=0.9, epsilon=1e-08)"


def test_a_rule_without_a_name_is_given_one_in_the_code():
    plain = functools.partial(rmsprop, epsilon=1e-3)
    nameless = lambda theta, gradient, state, *, lr=0.1: (theta - lr * gradient, state)  # noqa: E731
    explorer = Explorer(PROBLEM, plain, compare=nameless, n_steps=10)
    first, second = explorer.code.splitlines()
    assert first.startswith("run(problem, my_partial, n_steps=10, lr=0.1")
    assert second == "run(problem, my_function, n_steps=10, lr=0.1)"


# ---- the link to the browser ------------------------------------------------------------------


def test_a_value_between_two_positions_is_answered_with_exactly_its_run(explorer):
    random = np.random.default_rng(2)
    for _ in range(30):
        values = {
            "lr": 10 ** random.uniform(-4, 2),
            "beta": random.uniform(0, 1),
            "epsilon": 10 ** random.uniform(-11, 1),
        }
        explorer.set(**values)
        assert explorer.player.exact["setting"] == values
        assert_is_run(explorer.player.exact["runs"][0], run(PROBLEM, n_steps=200, **values))


def test_the_answer_to_a_run_that_diverges_marks_where_the_numbers_end(wire):
    explorer = Explorer(PROBLEM, gradient_descent, n_steps=400, lr=0.99)
    explorer.set(lr=0.999)
    path = run(PROBLEM, gradient_descent, n_steps=400, lr=0.999)
    assert path.diverged_at is not None
    assert_is_run(explorer.player.exact["runs"][0], path)


def test_the_kernel_computes_nothing_while_positions_are_chosen(explorer, monkeypatch):
    calls = []
    monkeypatch.setattr(module, "run", lambda *a, **k: calls.append(k) or run(*a, **k))
    exact = explorer.player.exact
    for name, value in EVERY_POSITION:
        explorer.sliders[name].value = value
        explorer.boxes[name].value = str(value)
    explorer.player.iteration = 5
    explorer.player.set_state({"setting": FIRST | {"lr": 0.22}})
    assert calls == [] and explorer.player.exact is exact
    assert len(explorer.trajectory.theta) == 201
    assert calls == [FIRST | {"lr": 0.22}]
    assert explorer.trajectory is explorer.trajectory and len(calls) == 1
    explorer.set(lr=0.37)
    assert len(calls) == 2
    assert np.array_equal(explorer.trajectory.theta, run(PROBLEM, n_steps=200, lr=0.37).theta)
    assert len(calls) == 2


def test_the_browser_hears_of_a_setting_in_one_message_with_its_run(wire):
    explorer = Explorer(PROBLEM, n_steps=20)
    wire.clear()
    explorer.set(lr=0.37)
    sent = updates(wire, explorer.player)
    assert [set(each) for each in sent] == [{"setting"}, {"exact"}]
    assert sent[0]["setting"] == sent[1]["exact"]["setting"] == FIRST | {"lr": 0.37}


def test_python_never_writes_to_a_control_that_the_browser_ties(wire):
    explorer = Explorer(PROBLEM, n_steps=20)
    assert not explorer.player.coupled
    explorer.player.set_state({"coupled": True})
    wire.clear()
    for name, text in itertools.product(NAMES, ["0.47", "abc", "0.37", "", "0.5"]):
        slider, box = explorer.sliders[name], explorer.boxes[name]
        box.set_state({"value": text})
        slider.set_state({"index": 5})
        explorer.player.set_state({"setting": explorer.values | {name: POSITIONS[name][5]}})
        explorer.messages[name].set_state({"value": "some words"})
        explorer.player.set_state({"setting": explorer.values | {name: 0.371}})
        slider.set_state({"index": 0})
        slider.set_state({"index": 0})
        box.set_state({"value": "0.1"})
    assert updates(wire, *controls(explorer)) == []
    assert all(set(state) <= {"exact", "note"} for state in updates(wire, explorer.player))
    assert explorer.values == dict.fromkeys(NAMES, 0.371)
    path = run(PROBLEM, n_steps=20, lr=0.371, beta=0.371, epsilon=0.371)
    assert_is_run(explorer.player.exact["runs"][0], path)


def test_python_s_own_controls_follow_the_browser_without_a_word_to_it(wire):
    explorer = Explorer(PROBLEM, n_steps=20)
    explorer.player.set_state({"coupled": True})
    explorer.boxes["lr"].set_state({"value": "abc"})
    assert 'not "abc"' not in explorer.messages["lr"].value  # the browser has said so itself
    wire.clear()
    for lr in (0.22, 0.371, 1.0):
        explorer.player.set_state({"setting": FIRST | {"lr": lr}})
        assert_shows(explorer, lr=lr)
    assert updates(wire, *controls(explorer)) == []
    explorer.lr.value = 0.33
    assert {"index": POSITIONS["lr"].index(0.33)} in updates(wire, explorer.lr)


@pytest.mark.parametrize("part", ["sliders", "boxes"])
def test_what_the_browser_says_of_a_control_is_not_sent_back_to_it(wire, part):
    """An echo that comes late would undo a change that the browser has made since."""
    explorer = Explorer(PROBLEM, n_steps=20)
    explorer.player.set_state({"coupled": True})
    wire.clear()
    state = {"sliders": {"index": 5}, "boxes": {"value": "0.0015"}}[part]
    getattr(explorer, part)["lr"].set_state(state)
    assert [data for *_, data, _ in wire] == []


def test_python_ties_the_controls_where_the_browser_does_not(explorer):
    explorer.lr.set_state({"index": 30})
    assert_shows(explorer, lr=POSITIONS["lr"][30])
    explorer.boxes["beta"].set_state({"value": " .875 "})
    assert_shows(explorer, lr=POSITIONS["lr"][30], beta=0.875)
    explorer.boxes["beta"].set_state({"value": "much"})
    assert 'not "much"' in explorer.messages["beta"].value
    assert explorer.values["beta"] == 0.875
    explorer.boxes["beta"].set_state({"value": "0.875"})
    assert_shows(explorer, lr=POSITIONS["lr"][30], beta=0.875)
    explorer.player.set_state({"setting": {"lr": 1, "beta": 0, "epsilon": 0.25}})
    assert_shows(explorer, lr=1.0, beta=0.0, epsilon=0.25)


def test_python_ties_the_controls_to_what_python_sets_in_both_cases(wire):
    for coupled in (True, False):
        explorer = Explorer(PROBLEM, n_steps=20)
        explorer.player.set_state({"coupled": coupled})
        explorer.lr.value = 0.33
        assert_shows(explorer, lr=0.33)
        explorer.set(beta=0.93)
        assert_shows(explorer, lr=0.33, beta=0.93)
        explorer.boxes["lr"].value = "1e-2"
        assert_shows(explorer, lr=0.01, beta=0.93)


def test_no_message_of_the_browser_raises_at_any_position_or_corner():
    """An exception in a callback would disappear without a word."""
    explorer = Explorer(PROBLEM, compare=gradient_descent, n_steps=30)
    for coupled in (False, True):
        explorer.player.set_state({"coupled": coupled})
        for name, value in EVERY_POSITION:
            explorer.sliders[name].set_state({"index": POSITIONS[name].index(value)})
            explorer.player.set_state({"setting": explorer.values | {name: value}})
            assert explorer.values[name] == value
        extreme = (("5e-324", "1", "1e308"), ("0", "0.9999999999999999"), ("0", "5e-324", "1e308"))
        for corner in itertools.product(*extreme):
            for name, text in zip(NAMES, corner, strict=True):
                explorer.boxes[name].set_state({"value": text})
            values = dict(zip(NAMES, map(float, corner), strict=True))
            explorer.player.set_state({"setting": values})
            assert explorer.values == values
            for told, rule in zip(explorer.player.exact["runs"], explorer.rules, strict=True):
                if told is not None:
                    own = values if rule is rmsprop else {"lr": values["lr"]}
                    assert_is_run(told, run(PROBLEM, rule, n_steps=30, **own))
            assert explorer.sentence
        for iteration in range(31):
            explorer.player.set_state({"iteration": iteration})
    assert explorer.player.note == ""


def test_the_atlas_travels_in_the_opening_message_only(wire):
    explorer = Explorer(PROBLEM)
    opened = {who: buffers for who, kind, _, buffers in wire if kind == "comm_open"}
    pieces = opened[explorer.player.model_id]
    assert [bytes(piece) for piece in pieces] == explorer.player.pieces[0]
    assert 1e6 < sum(map(len, pieces)) <= 1.5e6
    wire.clear()
    assert explorer.player.get_state()["opening"] == []
    explorer.player.send_state()
    explorer.set(lr=0.37)
    explorer.player.send_state("opening")
    explorer.player.comm.handle_msg({"content": {"data": {"method": "request_state"}}})
    assert wire and sum(len(buffer) for *_, buffers in wire for buffer in buffers) < 20_000


def test_a_piece_of_the_atlas_is_sent_when_the_browser_asks_for_it(wire):
    explorer = Explorer(PROBLEM, compare=gradient_descent, n_steps=50)
    wire.clear()
    for path, pieces in enumerate(explorer.player.pieces):
        for number, piece in enumerate(pieces):
            asked = {"method": "custom", "content": {"ask": [path, number]}}
            explorer.player.comm.handle_msg({"content": {"data": asked}, "buffers": []})
            _, _, data, buffers = wire.pop()
            assert data["content"] == {"path": path, "piece": number}
            assert buffers == [piece]
    assert wire == []


def test_the_pieces_hold_the_run_of_every_rule_at_the_position_asked_for():
    explorer = Explorer(PROBLEM, compare=gradient_descent, n_steps=50)
    descent = explorer.player.scene["paths"][1]
    channels = [Channel(**each) for each in descent["channels"]]
    codes = unpack(explorer.player.pieces[1][0], channels)
    for number, lr in enumerate(POSITIONS["lr"]):
        told = {c.name: c.decode(code[number]) for c, code in zip(channels, codes, strict=True)}
        path = run(PROBLEM, gradient_descent, n_steps=50, lr=lr)
        inside = np.isfinite(told["theta_0"])
        assert np.abs(told["theta_0"] - path.theta[:, 0])[inside].max() <= 0.0005 + 1e-9


def test_two_explorers_of_one_problem_share_an_atlas():
    one, other = Explorer(PROBLEM, n_steps=20), Explorer(linear_regression(), n_steps=20)
    assert other.player.pieces[0][0] is one.player.pieces[0][0]
    other.set(lr=0.5)
    assert one.values == FIRST


def test_the_browser_finds_every_control_by_its_id(explorer):
    for name in NAMES:
        assert explorer.player.controls[name] == {
            "slider": explorer.sliders[name].model_id,
            "box": explorer.boxes[name].model_id,
            "message": explorer.messages[name].model_id,
        }
        assert f"rmsprop-slider-{name}" in explorer.sliders[name]._dom_classes


# ---- other rules ------------------------------------------------------------------------------


def my_rmsprop(theta, gradient, moving_average, *, lr=0.1, beta=0.9, epsilon=1e-8):
    moving_average = beta * moving_average + (1 - beta) * (gradient * gradient)
    return theta - lr * gradient / np.sqrt(moving_average + epsilon), moving_average


def with_if(theta, gradient, state, lr=0.1, beta=0.9, epsilon=1e-8):
    state = beta * state + (1 - beta) * gradient**2
    if beta > 0.95:
        lr = lr / 2
    return theta - lr * gradient / np.sqrt(state + epsilon), state


def with_math(theta, gradient, state, lr=0.1, beta=0.9, epsilon=1e-8):
    state = beta * state + (1 - beta) * gradient**2
    return [t - lr * g / math.sqrt(v + epsilon) for t, g, v in zip(theta, gradient, state)], state  # noqa: B905


def with_max(theta, gradient, state, lr=0.1, beta=0.9, epsilon=1e-8):
    return theta - lr * gradient / max(np.abs(gradient).max(), epsilon), state


def clipped_by_norm(theta, gradient, state, lr=0.1):
    return theta - lr * gradient / max(1.0, np.linalg.norm(gradient)), state


def raising(theta, gradient, state, lr=0.1):
    if lr == 0.22:
        return theta - lr * gradeint, state  # noqa: F821
    return theta - lr * gradient, state


def test_a_readers_rule_that_broadcasts_gets_an_atlas_and_equals_ours():
    explorer = Explorer(PROBLEM, my_rmsprop, n_steps=20, panels=["plane", "loss"])
    assert len(explorer.player.pieces[0]) == 11
    assert explorer.player.note == ""
    assert explorer.player.exact["runs"] == [None]
    ours = Explorer(PROBLEM, n_steps=20, panels=["plane", "loss"])
    assert explorer.player.pieces[0] == ours.player.pieces[0]


@pytest.mark.parametrize("rule", [with_if, with_math, with_max, clipped_by_norm, raising])
def test_a_rule_that_does_not_broadcast_is_run_for_one_setting_at_a_time_and_that_is_said(rule):
    explorer = Explorer(PROBLEM, rule, n_steps=20)
    label = rule.__name__.replace("_", " ")
    assert explorer.player.pieces == [[]]
    assert "positions" not in explorer.player.scene["paths"][0]
    for lr in (0.1, 0.5, 0.37):
        explorer.set(lr=lr)
        assert explorer.player.note == (
            f"{label} does not work on arrays of settings, so Python runs it for one setting at a "
            "time, and the picture follows more slowly."
        )
        (told,) = explorer.player.exact["runs"]
        assert_is_run(told, run(PROBLEM, rule, n_steps=20, lr=lr))
        assert explorer.player.exact["setting"] == explorer.values


def test_a_rule_that_raises_is_explained_and_the_explorer_goes_on():
    explorer = Explorer(PROBLEM, raising, compare=gradient_descent, n_steps=20)
    explorer.lr.set_state({"index": POSITIONS["lr"].index(0.22)})
    told = explorer.player.exact["runs"][0]["error"]
    assert told.startswith("raising stopped in its line 3, return theta - lr * gradeint, state")
    assert "NameError: name 'gradeint' is not defined. It uses a name" in told
    assert explorer.player.exact["setting"] == {"lr": 0.22}
    assert told in explorer.sentence and "gradient descent: intercept" in explorer.sentence
    assert explorer.png().startswith(b"\x89PNG")
    with pytest.raises(NameError):
        _ = explorer.trajectory
    explorer.lr.value = 0.27
    assert_is_run(explorer.player.exact["runs"][0], run(PROBLEM, raising, n_steps=20, lr=0.27))
    assert explorer.trajectory.theta.shape == (21, 2)


def test_the_browser_hears_of_a_run_and_its_remark_in_one_message(wire):
    explorer = Explorer(PROBLEM, raising, n_steps=5, lr=0.22)
    assert explorer.player.note == ""
    wire.clear()
    explorer.set(lr=0.27)
    sent = updates(wire, explorer.player)
    assert [set(each) for each in sent] == [{"setting"}, {"exact", "note"}]


def test_a_rule_to_compare_with_that_raises_leaves_the_optimizer_alone():
    explorer = Explorer(PROBLEM, gradient_descent, compare=raising, n_steps=20, lr=0.22)
    assert explorer.trajectory.theta.shape == (21, 2)
    assert "gradeint" in explorer.player.exact["runs"][1]["error"]


def test_what_a_rule_prints_does_not_fill_the_page(capsys):
    def chatty(theta, gradient, state, lr=0.1):
        print("theta is", theta)
        return theta - lr * gradient, state

    explorer = Explorer(PROBLEM, chatty, n_steps=5, panels="loss", drawn_by="kernel")
    explorer.set(lr=0.37)
    explorer._repr_mimebundle_()
    assert capsys.readouterr().out == ""
    assert len(explorer.player.pieces[0]) == 1


def test_a_rule_that_changes_its_arguments_changes_nothing_else():
    def in_place(theta, gradient, state, lr=0.1, beta=0.9, epsilon=1e-8):
        state *= beta
        state += (1 - beta) * gradient**2
        gradient /= np.sqrt(state + epsilon)
        theta -= lr * gradient
        return theta, state

    start, hessian = PROBLEM.start.copy(), PROBLEM.hessian.copy()
    explorer = Explorer(PROBLEM, in_place, n_steps=20)
    explorer.set(lr=0.37)
    assert_is_run(explorer.player.exact["runs"][0], run(PROBLEM, in_place, n_steps=20, lr=0.37))
    assert np.allclose(explorer.trajectory.theta, run(PROBLEM, n_steps=20, lr=0.37).theta)
    assert np.array_equal(PROBLEM.start, start) and np.array_equal(PROBLEM.hessian, hessian)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda theta, state: None, "not None"),
        (lambda theta, state: theta, "theta"),
        (lambda theta, state: (theta[..., :1], state), "shape"),
        (lambda theta, state: ("abc", state), "abc"),
        (lambda theta, state: (theta, state, state), "theta and its state"),
    ],
    ids=["None", "theta alone", "wrong shape", "text", "three things"],
)
def test_a_rule_that_returns_something_else_is_told_so(answer, words):
    def odd(theta, gradient, state, lr=0.1):
        return answer(theta, state)

    explorer = Explorer(PROBLEM, odd, n_steps=5)
    told = explorer.player.exact["runs"][0]["error"]
    assert told.startswith("odd stopped") and words in told
    assert told in explorer.sentence
    explorer.set(lr=0.37)
    assert explorer.player.exact["setting"] == {"lr": 0.37}


def test_a_rule_may_return_lists_and_nan():
    def listed(theta, gradient, state, lr=0.1):
        return (theta - lr * gradient).tolist(), state

    def lost(theta, gradient, state, lr=0.1):
        return theta * np.nan, state

    assert_is_run(
        Explorer(PROBLEM, listed, n_steps=5, lr=0.37).player.exact["runs"][0],
        run(PROBLEM, listed, n_steps=5, lr=0.37),
    )
    explorer = Explorer(PROBLEM, lost, n_steps=5, lr=0.37)
    assert np.isnan(decoded(explorer.player.exact["runs"][0])["theta_0"][1:]).all()
    assert "the numbers are not finite from iteration 1 on" in explorer.sentence
    assert explorer.png().startswith(b"\x89PNG")


def test_a_rule_without_effective_rates_has_an_explorer_without_a_warning():
    explorer = Explorer(PROBLEM, my_rmsprop, n_steps=20, panels="rates")
    told = explorer.player.scene["paths"][0]["channels"]
    assert [each["name"] for each in told] == ["theta_0", "theta_1", "excess"]
    assert explorer.png().startswith(b"\x89PNG")
    assert explorer.player.scene["panels"][0]["absent"] == "This rule has no such numbers."


def test_a_rule_with_a_hyperparameter_without_a_slider_uses_its_default():
    def momentum(theta, gradient, state, lr=0.1, decay=0.5):
        state = decay * state + gradient
        return theta - lr * state, state

    explorer = Explorer(PROBLEM, momentum, n_steps=20, lr=0.37)
    assert list(explorer.values) == ["lr"]
    assert_is_run(
        explorer.player.exact["runs"][0], run(PROBLEM, momentum, n_steps=20, lr=0.37, decay=0.5)
    )


def test_a_partial_of_a_rule_can_be_explored():
    rule = functools.partial(rmsprop, beta=0.5)
    explorer = Explorer(PROBLEM, rule, n_steps=20)
    assert explorer.values == FIRST | {"beta": 0.5}


def test_gradient_descent_beside_rmsprop_shares_its_learning_rate():
    explorer = Explorer(PROBLEM, compare=(gradient_descent,), lr=0.33)
    assert explorer.values == FIRST | {"lr": 0.33}
    one, other = explorer.trajectories
    assert np.array_equal(one.theta, run(PROBLEM, n_steps=200, lr=0.33).theta)
    assert np.array_equal(other.theta, run(PROBLEM, gradient_descent, n_steps=200, lr=0.33).theta)
    explorer.set(lr=0.37)
    for told, path in zip(explorer.player.exact["runs"], explorer.trajectories, strict=True):
        assert_is_run(told, path)
    explorer.set(lr=0.39, beta=0.93)  # gradient descent has this one in its atlas
    assert [told is None for told in explorer.player.exact["runs"]] == [False, True]
    assert [line["path"] for line in explorer.player.scene["panels"][0]["lines"]] == [0, 1]


def test_an_explorer_of_gradient_descent_has_one_slider():
    explorer = Explorer(PROBLEM, gradient_descent)
    assert list(explorer.sliders) == ["lr"] and not hasattr(explorer, "beta")


# ---- without a browser ------------------------------------------------------------------------


def pixels(png):
    return imread(io.BytesIO(png))


def test_drawn_by_the_kernel_every_change_redraws_picture_and_sentence():
    explorer = Explorer(PROBLEM, with_if, n_steps=20, panels=["loss"], drawn_by="kernel")
    assert explorer.player not in explorer.children and explorer.picture in explorer.children
    changes = [
        lambda: None,
        lambda: explorer.lr.set_state({"index": 30}),
        lambda: explorer.boxes["beta"].set_state({"value": "0.875"}),
        lambda: explorer.set(epsilon=0.5),
        lambda: setattr(explorer.player, "iteration", 7),
        lambda: explorer.reset(),
    ]
    seen = []
    for change in changes:
        change()
        assert explorer.picture.png == explorer.png()
        assert explorer.sentence_line.value.startswith(explorer.sentence)
        assert "does not work on arrays" in explorer.sentence_line.value
        seen.append(explorer.picture.png)
    assert seen[-1] == seen[0] and len(set(seen)) == len(seen) - 1


def test_a_rule_that_prints_silences_nobody_else(capsys):
    inside, go_on = threading.Event(), threading.Event()

    def chatty(theta, gradient, state, *, lr=0.1):
        if len(np.shape(theta)) == 1:
            print("from the rule")
            inside.set()
            go_on.wait(10)
        return theta - lr * gradient, state

    go_on.set()
    explorer = Explorer(PROBLEM, chatty, n_steps=1, panels="loss")
    go_on.clear()
    inside.clear()
    other = threading.Thread(target=explorer.set, kwargs={"lr": 0.37})
    other.start()
    assert inside.wait(10)
    print("from a cell")
    go_on.set()
    other.join(10)
    assert capsys.readouterr().out == "from a cell\n"


def test_drawn_by_the_kernel_a_slider_of_jupyter_goes_to_every_iteration():
    explorer = Explorer(PROBLEM, n_steps=20, panels="plane", drawn_by="kernel")
    assert [explorer.scrubber, explorer.step_box] == list(explorer.children[-3].children)
    at_the_end = explorer.picture.png
    explorer.step_box.value = 3
    assert explorer.scrubber.value == 3
    assert explorer.player.iteration == 3
    assert "iteration 3." in explorer.sentence_line.value
    assert explorer.picture.png != at_the_end
    explorer.reset()
    assert explorer.scrubber.value == 20 and explorer.picture.png == at_the_end


def test_drawn_by_the_kernel_the_extremes_are_drawn_too():
    explorer = Explorer(PROBLEM, compare=gradient_descent, n_steps=40, drawn_by="kernel")
    for lr in (1e308, 1.0):
        explorer.set(lr=lr, beta=0, epsilon=0)
        assert pixels(explorer.picture.png).shape[:2] in SIZES


def test_what_is_stored_is_a_picture_a_sentence_and_the_widget(explorer):
    explorer.set(lr=0.37)
    explorer.player.iteration = 10
    data, metadata = explorer._repr_mimebundle_()
    path = run(PROBLEM, n_steps=200, lr=0.37)
    intercept, slope = path.theta[10]
    distance = math.dist(path.theta[10], PROBLEM.optimum)
    assert data["text/plain"] == (
        "Explorer, lr = 0.37, beta = 0.9, epsilon = 1e-08, iteration 10. "
        f"RMSProp: intercept {intercept:.3f}, slope {slope:.3f}, loss {path.loss[10]:.3g}, "
        f"{path.loss[10] - PROBLEM.minimum:.2g} above the minimum, {distance:.3f} from the optimum."
    )
    assert metadata == {"image/png": {"alt": data["text/plain"]}}
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    before = pixels(base64.b64decode(data["image/png"]))
    assert before.shape[:2] in SIZES
    assert (before[..., :3].min(axis=2) < 0.5).mean() > 0.01
    explorer.set(lr=0.01)
    after = pixels(base64.b64decode(explorer._repr_mimebundle_()[0]["image/png"]))
    assert (before != after).any()


def test_the_sentence_of_a_message_that_ends_has_one_full_stop():
    explorer = Explorer(PROBLEM, raising, n_steps=5, lr=0.22)
    assert explorer.sentence.endswith("its own arguments.") and ".." not in explorer.sentence


def test_every_control_has_a_name(explorer):
    for name in NAMES:
        assert explorer.sliders[name].description == HYPERPARAMETERS[name].words
        assert explorer.boxes[name].description == f"{name} ="


def test_a_kernel_shows_the_explorer_and_stays_silent():
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    code = """
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.problems import linear_regression
explorer = Explorer(linear_regression(), n_steps=20)
explorer.set(lr=0.37)
explorer.boxes["beta"].value = "nonsense"
explorer"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "execute_result"
    assert set(output.data) == {
        "text/plain",
        "image/png",
        "application/vnd.jupyter.widget-view+json",
    }
    here = Explorer(PROBLEM, n_steps=20, lr=0.37)
    assert output.data["text/plain"] == here.sentence == output.metadata["image/png"]["alt"]
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert any('not "nonsense"' in str(each["state"].get("value")) for each in states.values())


# ---- wrong arguments --------------------------------------------------------------------------

NOT_A_RULE = [None, "rmsprop", 5, math.nan, [], lambda: 0, lambda theta, gradient: 0, print, max]


@pytest.mark.parametrize(
    "value", [None, "data", 5, math.nan, [], linear_regression, Quadratic], ids=printed
)
def test_a_wrong_problem_is_named(value):
    with pytest.raises(ValueError, match="problem must be one such as linear_regression") as wrong:
        Explorer(value)
    assert repr(value) in str(wrong.value)


def test_many_problems_at_once_are_no_problem_for_an_explorer():
    with pytest.raises(ValueError, match="problem must be a single one with two parameters"):
        Explorer(quadratic_bowl(condition=[1.0, 10.0]))


@pytest.mark.parametrize("value", NOT_A_RULE, ids=printed)
def test_a_wrong_optimizer_or_rule_to_compare_with_is_named(value):
    told = getattr(value, "__name__", repr(value))
    for argument in ("optimizer", "compare"):
        if argument == "compare" and value == []:
            continue
        with pytest.raises(ValueError, match=f"{argument} must be an update rule") as wrong:
            Explorer(PROBLEM, **{argument: value})
        assert str(wrong.value).endswith(f"at least one of lr, beta, epsilon; not {told}")


def test_a_rule_without_a_slider_is_refused():
    def frozen(theta, gradient, state, momentum=0.9):
        return theta, state

    with pytest.raises(ValueError, match="at least one of lr, beta, epsilon; not frozen"):
        Explorer(PROBLEM, frozen)


def test_more_than_four_rules_to_compare_with_are_refused():
    with pytest.raises(ValueError, match="compare must hold at most 4 rules, not 5"):
        Explorer(PROBLEM, compare=[gradient_descent] * 5)


@pytest.mark.parametrize(
    "value", [0, -1, 2001, 1.5, 200.0, "200", None, math.nan, [200], True], ids=printed
)
def test_a_wrong_number_of_iterations_is_named(value):
    with pytest.raises(ValueError, match="n_steps must be a whole number from 1 to 2000") as wrong:
        Explorer(PROBLEM, n_steps=value)
    assert str(wrong.value).endswith(f"not {value!r}")


def test_a_number_of_iterations_may_come_from_numpy():
    explorer = Explorer(PROBLEM, gradient_descent, n_steps=np.int64(20))
    assert type(explorer.player.scene["n_steps"]) is int
    assert explorer.code == "run(problem, gradient_descent, n_steps=20, lr=0.1)"


@pytest.mark.parametrize(
    "value", ["abc", [], (), 5, math.nan, [None], ["loss", "abc"], -1, [["loss"]]], ids=printed
)
def test_wrong_panels_are_named(value):
    with pytest.raises(ValueError, match="panels must be some of plane, loss, fit, rates") as wrong:
        Explorer(PROBLEM, panels=value)
    assert str(wrong.value).endswith(f"not {value!r}")


def test_panels_come_in_the_order_asked_for_and_only_once():
    explorer = Explorer(PROBLEM, gradient_descent, panels=("rates", "loss", "rates"))
    assert [panel["name"] for panel in explorer.player.scene["panels"]] == ["rates", "loss"]
    assert explorer.panels == ("rates", "loss")


def test_a_problem_without_data_has_no_fitted_line():
    explorer = Explorer(quadratic_bowl(), gradient_descent)
    assert explorer.panels == ("plane", "loss", "rates")
    with pytest.raises(ValueError, match="panels must be some of plane, loss, rates, not 'fit'"):
        Explorer(quadratic_bowl(), panels="fit")


@pytest.mark.parametrize("value", [None, "me", 5, ["kernel"], math.nan], ids=printed)
def test_a_wrong_drawn_by_is_named(value):
    with pytest.raises(ValueError, match='drawn_by must be "browser" or "kernel", not ') as wrong:
        Explorer(PROBLEM, drawn_by=value)
    assert str(wrong.value).endswith(repr(value))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", BAD_NUMBERS, ids=printed)
def test_a_wrong_first_value_is_named(name, value):
    with pytest.raises(ValueError, match=f"{name} must be") as wrong:
        Explorer(PROBLEM, **{name: value})
    assert str(value).strip("[]") in str(wrong.value)


def test_an_unknown_first_value_is_named():
    with pytest.raises(ValueError, match=r"no slider 'alpha' for 0\.9; there are lr, beta, ep"):
        Explorer(PROBLEM, alpha=0.9)


def test_a_rule_with_a_wrong_default_is_named():
    def wrong(theta, gradient, state, lr=-0.1):
        return theta - lr * gradient, state

    with pytest.raises(ValueError, match=r"lr must be a finite number above 0, not -0\.1"):
        Explorer(PROBLEM, wrong)
    assert Explorer(PROBLEM, wrong, n_steps=5, lr=0.5).values == {"lr": 0.5}


@pytest.mark.parametrize("drawn_by", ["browser", "kernel"])
def test_a_closed_explorer_leaves_nothing_behind(drawn_by):
    def alive():
        return set(ipywidgets.Widget.get_manager_state()["state"])

    before = alive()
    explorer = Explorer(PROBLEM, n_steps=10, drawn_by=drawn_by)
    explorer.set(lr=0.37)
    assert len(alive() - before) > 30
    explorer.close()
    explorer.close()
    assert alive() == before
    parts = [explorer, explorer.player, explorer.sources[0], explorer.lr]
    parts = [weakref.ref(each) for each in parts]
    del explorer
    gc.collect()
    assert [each() for each in parts] == [None] * 4


def test_an_iteration_that_is_refused_is_taken_back():
    explorer = Explorer(PROBLEM, n_steps=5)
    with pytest.raises(ValueError, match="iteration must be from 0 to 5, not 99"):
        explorer.player.set_state({"iteration": 99})
    assert (explorer.player.iteration, explorer.scrubber.value) == (5, 5)
    assert "iteration 5." in explorer.sentence
