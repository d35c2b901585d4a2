"""Rules of students that never end, or end Python: the explorer lives on, also in a kernel."""

import sys
import time
from dataclasses import dataclass

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel

from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.trajectory import run

PROBLEM = linear_regression()
SECONDS = 120
BEGIN = """
import pathlib
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.problems import linear_regression

def endless(theta, gradient, state, lr=0.1):
    if lr == 0.37:
        pathlib.Path("begun").touch()
        while True:
            pass
    return theta - lr * gradient, state

explorer = Explorer(linear_regression(), endless, n_steps=5, panels="loss")
print(explorer.player.model_id)
"""


@pytest.fixture
def kernel(tmp_path):
    manager, client = start_new_kernel(cwd=str(tmp_path))
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def printed(client, code):
    """Return what a cell prints; an error in it fails the test."""
    told = []

    def keep(message):
        assert message["msg_type"] != "error", message["content"]
        told.append(message["content"].get("text", ""))

    client.execute_interactive(code, output_hook=keep, timeout=SECONDS)
    return "".join(told).strip()


def wait_for(path):
    end = time.monotonic() + SECONDS
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_rule_that_never_ends_is_stopped_by_the_button_and_the_explorer_goes_on(kernel, tmp_path):
    manager, client = kernel
    model = printed(client, BEGIN)
    state = {"method": "update", "state": {"setting": {"lr": 0.37}}, "buffer_paths": []}
    message = client.session.msg("comm_msg", {"comm_id": model, "data": state})
    client.shell_channel.send(message)
    wait_for(tmp_path / "begun")
    manager.interrupt_kernel()
    told = printed(client, "print(explorer.player.exact['runs'][0]['error'], explorer.sentence)")
    assert told.count("endless stopped in its line") == 2
    assert told.count("Look for a loop that never ends.") == 2
    assert (
        printed(client, "explorer.set(lr=0.27); print(explorer.sentence)").count("intercept") == 1
    )


@pytest.mark.parametrize("leave", [sys.exit, exit, quit], ids=["sys.exit", "exit", "quit"])
def test_a_rule_that_ends_python_is_told_so(leave):
    def leaving(theta, gradient, state, lr=0.1):
        return leave()

    explorer = Explorer(PROBLEM, leaving, n_steps=5, panels="loss")
    explorer.set(lr=0.37)
    (told,) = explorer.player.exact["runs"]
    assert told["error"].endswith("It ends Python. Only return leaves a function.")
    assert told["error"] in explorer.sentence
    assert explorer.png().startswith(b"\x89PNG")


def test_a_rule_that_was_stopped_is_not_run_again_before_something_changes():
    asked = []

    def endless(theta, gradient, state, lr=0.1):
        if lr == 0.37:
            asked.append(lr)
            raise KeyboardInterrupt
        return theta - lr * gradient, state

    explorer = Explorer(PROBLEM, endless, n_steps=5, panels="loss")
    explorer.set(lr=0.37)
    explorer._repr_mimebundle_()
    with pytest.raises(KeyboardInterrupt):
        _ = explorer.trajectory
    assert asked == [0.37]
    explorer.set(lr=0.27)
    assert explorer.trajectory.theta.shape == (6, 2)
    explorer.set(lr=0.37)
    assert asked == [0.37, 0.37]


def test_the_cell_that_makes_an_explorer_can_be_interrupted():
    def endless(theta, gradient, state, lr=0.1):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Explorer(PROBLEM, endless, n_steps=5)
    with pytest.raises(KeyboardInterrupt):
        run(PROBLEM, endless, n_steps=5)


class _Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("this exception has no text")


class _Unusual(BaseException):
    pass


@pytest.mark.parametrize("never", [True, False], ids=["never", "at one setting"])
@pytest.mark.parametrize(
    "error", [_Unprintable(), _Unusual("odd"), GeneratorExit(), ValueError("x" * 100_000)], ids=repr
)
def test_whatever_a_rule_raises_is_told_briefly(error, never):
    def failing(theta, gradient, state, lr=0.1):
        if never or (np.ndim(lr) == 0 and lr == 0.37):
            raise error
        return theta - lr * gradient, state

    explorer = Explorer(PROBLEM, failing, n_steps=5, panels="loss")
    explorer.set(lr=0.37)
    assert "failing stopped in its line 3" in explorer.sentence
    assert type(error).__name__ in explorer.sentence and len(explorer.sentence) < 1000
    explorer.set(lr=0.2)
    assert ("stopped" in explorer.sentence) == never


def test_a_rule_that_writes_to_its_error_stream_fills_no_cell(capfd):
    def loud(theta, gradient, state, lr=0.1):
        print("loud", file=sys.stderr)
        return theta - lr * gradient, state

    explorer = Explorer(PROBLEM, loud, n_steps=5, panels="loss")
    explorer.set(lr=0.37)
    assert "intercept" in explorer.sentence
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["a$\\frac$", "$x$", "我的规则", "<script>"])
def test_the_name_of_a_rule_is_drawn_as_text(name):
    def rule(theta, gradient, state, lr=0.1):
        return theta - lr * gradient, state

    rule.__name__ = name
    explorer = Explorer(PROBLEM, rule, compare=rmsprop, n_steps=5)
    data, _ = explorer._repr_mimebundle_()
    assert data["image/png"] and name in data["text/plain"]


@dataclass
class Decay:
    """A rule with a setting of its own; Python gives it no hash."""

    strength: float = 1.0

    def __call__(self, theta, gradient, state, lr=0.1):
        return theta - self.strength * lr * gradient, state


def test_a_rule_without_a_hash_is_run_as_any_other():
    explorer = Explorer(PROBLEM, Decay(), n_steps=5)
    explorer.set(lr=0.37)
    expected = run(PROBLEM, gradient_descent, n_steps=5, lr=0.37)
    assert np.allclose(explorer.trajectory.theta, expected.theta)
    assert "stopped" not in explorer.sentence
