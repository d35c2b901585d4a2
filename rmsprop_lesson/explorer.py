"""Explorer: sliders, and the link to the player in the browser.

The kernel never stands between the hand and the picture. The trajectories of all slider
positions travel to the browser once, as an atlas; the browser ties sliders, boxes and picture
together. Python answers only what is not in the atlas: a value typed in between two positions,
or a rule that does not work on arrays. Where the browser cannot tie the controls (``coupled`` is
false), Python does it, slower.
"""

import base64
import contextlib
import html
import io
import sys
import threading
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import MappingProxyType

import anywidget
import ipywidgets as widgets
import traitlets

from . import optimizers
from .arguments import name_of
from .atlas import POSITIONS, build_atlas
from .explorer_arguments import (
    checked_drawn_by,
    checked_panels,
    checked_problem,
    checked_rules,
    checked_steps,
    checked_values,
    first_values,
    own,
    sliding,
)
from .optimizers import HYPERPARAMETERS, rmsprop
from .packing import encode, pack
from .scenes import explorer_scene, picture
from .trajectory import run
from .words import describe, explain, label_of, read_number, text_of

HERE = Path(__file__).parent


class _FromBrowser:
    """A control that tells a change made in the browser from one made in Python.

    What ``answer`` names for a trait is called before the browser is told of its change. So the
    browser gets the new setting first, and does not take the control's move for the reader's.
    """

    from_browser = False
    answer = MappingProxyType({})

    def notify_change(self, change):
        """Answer a change, then tell the browser of it."""
        if change.name in self.answer:
            self.answer[change.name](change)
        super().notify_change(change)

    def set_state(self, sync_data):
        """Take a message of the browser."""
        self.from_browser = True
        try:
            super().set_state(sync_data)
        finally:
            self.from_browser = False


class Slider(_FromBrowser, widgets.SelectionSlider):
    """A slider over exact positions."""

    def __setattr__(self, name, value):
        again = name == "value" and value == self.value
        super().__setattr__(name, value)
        if again:  # a choice, too, where the setting lies between this position and the next
            self._notify_trait("index", self.index, self.index)


class Box(_FromBrowser, widgets.Text):
    """A box for any allowed value."""


class Player(_FromBrowser, anywidget.AnyWidget):
    """The part of the explorer that draws in the browser."""

    _esm = (HERE / "player.js").read_text("utf-8") + (HERE / "widget.js").read_text("utf-8")
    _css = (HERE / "player.css").read_text("utf-8")

    scene = traitlets.Dict().tag(sync=True)
    controls = traitlets.Dict().tag(sync=True)
    opening = traitlets.List().tag(sync=True)
    setting = traitlets.Dict().tag(sync=True)
    exact = traitlets.Dict().tag(sync=True)
    iteration = traitlets.Int().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    coupled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, **kwargs):
        self.pieces = kwargs["opening"]
        super().__init__(**kwargs)
        self.on_msg(self._answer)

    @traitlets.validate("iteration")
    def _check_iteration(self, proposal):
        last = self.scene["n_steps"]
        if 0 <= proposal.value <= last:
            return proposal.value
        raise ValueError(f"iteration must be from 0 to {last}, not {proposal.value}")

    def get_state(self, key=None, drop_defaults=False):
        """Leave the atlas out of all messages but the opening one.

        Jupyter Server drops later messages beyond 1 MB/s, and after a page was loaded again all
        widgets of a notebook answer in one. The player then asks for the pieces, one by one.
        """
        state = super().get_state(key, drop_defaults)
        if self.comm is not None and "opening" in state:
            state["opening"] = []
        return state

    def _answer(self, _, content, __):
        if "ask" in content:
            path, piece = content["ask"]
            self.send({"path": path, "piece": piece}, buffers=[self.pieces[path][piece]])
        else:  # the browser waits for a run: in case that it was lost on the way
            self.send_state("exact")


class Explorer(widgets.VBox):
    """Sliders, a player and pictures for a rule on a problem.

    Parameters
    ----------
    problem : a Quadratic with two parameters, such as ``linear_regression()``
    optimizer : a function of rmsprop's form, with at least one of lr, beta, epsilon
    compare : a rule, or up to three in a list or tuple, to draw beside it from the same start
    n_steps : int, 1 to 2000, by default 200
    panels : some of "plane", "loss", "fit", "rates" in a list or tuple; by default all
    drawn_by : "browser", or "kernel" where no anywidget works (slower)
    **first : first values of the hyperparameters, such as lr=0.1; by default those of the rule

    Attributes
    ----------
    lr, beta, epsilon : SelectionSliders; ``.value`` is one of the positions, the nearest one where
        the setting lies between two
    boxes, messages : dict of name to Text and Label
    values : the hyperparameters on screen
    trajectory, trajectories : the exact Trajectory of the optimizer, and of all rules
    code : the run(...) calls that give them

    Raises
    ------
    ValueError : for a wrong argument, naming it, its value and what is allowed
    """

    def __init__(
        self,
        problem,
        optimizer=rmsprop,
        compare=(),
        n_steps=200,
        panels=None,
        *,
        drawn_by="browser",
        **first,
    ):
        self.problem, self.n_steps = checked_problem(problem), checked_steps(n_steps)
        self.rules = checked_rules(optimizer, compare)
        self.panels = checked_panels(panels, problem)
        self.first = first_values(self.rules, first)
        by_kernel = checked_drawn_by(drawn_by) == "kernel"
        self.labels = [label_of(rule) for rule in self.rules]
        self._show = ("theta", "excess") + (("effective_lr",) if "rates" in self.panels else ())
        self._atlases = [self._atlas(rule) for rule in self.rules]
        self._ran = {}, {}
        self.sliders = {name: _slider(name, value) for name, value in self.first.items()}
        self.boxes = {name: _box(name, value) for name, value in self.first.items()}
        self.messages = {name: _message(name) for name in self.first}
        for name, slider in self.sliders.items():
            setattr(self, name, slider)
        parts = {"slider": self.sliders, "box": self.boxes, "message": self.messages}
        self.player = Player(
            scene=explorer_scene(
                self.problem, self.panels, self.rules, self._atlases, self.n_steps, self.first
            ),
            controls={
                name: {part: each[name].model_id for part, each in parts.items()}
                for name in self.first
            },
            opening=[[] if atlas is None else list(atlas.pieces) for atlas in self._atlases],
            setting=dict(self.first),
            iteration=self.n_steps,
        )
        self._compute_missing()
        self.picture = widgets.Image(format="png", width="100%") if by_kernel else None
        self.sentence_line = widgets.HTML()
        rows = [widgets.HBox([each[name] for each in parts.values()]) for name in self.first]
        for row in rows:
            row.add_class("rmsprop-row")
        self.scrubber = widgets.IntSlider(
            self.n_steps, 0, self.n_steps, description="iteration", layout={"width": "auto"}
        )
        traitlets.link((self.scrubber, "value"), (self.player, "iteration"))
        drawn = [self.scrubber, self.sentence_line, self.picture] if by_kernel else [self.player]
        super().__init__([*rows, *drawn])
        self.add_class("rmsprop-explorer")
        self._observe()
        self._redraw()

    def set(self, **values):
        """Set hyperparameters to any allowed values, such as ``lr=0.37``.

        Raises
        ------
        ValueError : naming the hyperparameter, its value and what is allowed; nothing changes
        """
        self.player.setting = self.values | checked_values(self.first, values)
        self._reflect()

    def reset(self):
        """Go back to the first values, and to the end of the run."""
        self.player.iteration = self.n_steps
        self.set(**self.first)

    @property
    def values(self):
        """The hyperparameters on screen: dict of name to float."""
        return {name: float(self.player.setting[name]) for name in self.first}

    @property
    def trajectories(self):
        """The exact trajectory of each rule on screen, computed when it is read."""
        return [self._run(rule) for rule in self.rules]

    @property
    def trajectory(self):
        """The exact trajectory of the optimizer on screen, computed when it is read."""
        return self._run(self.rules[0])

    @property
    def code(self):
        """The run(...) calls that give the trajectories on screen."""
        calls = []
        for rule in self.rules:
            given = "".join(f", {n}={text_of(v)}" for n, v in own(rule, self.values).items())
            calls.append(f"run(problem, {name_of(rule)}, n_steps={self.n_steps}{given})")
        return "\n".join(calls)

    @property
    def sentence(self):
        """What the picture shows, in words: the alternative text."""
        values = ", ".join(f"{name} = {text_of(value)}" for name, value in self.values.items())
        at = self.player.iteration
        parts = [f"Explorer, {values}, iteration {at}"]
        for label, path, error in self._paths():
            parts.append(f"{label}: {describe(path, at) if error is None else error}")
        return " ".join(part.removesuffix(".") + "." for part in parts)

    def png(self):
        """Return the present picture as PNG bytes, drawn by matplotlib."""
        paths = [(label, path) for label, path, error in self._paths() if error is None]
        return picture(self.problem, self.panels, paths, self.player.iteration, self.n_steps)

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data = dict(bundle[0] if isinstance(bundle, tuple) else bundle)
        data["text/plain"] = self.sentence
        data["image/png"] = base64.b64encode(self.png()).decode("ascii")
        return data, {"image/png": {"alt": data["text/plain"]}}

    def _atlas(self, rule):
        """Return the atlas of a rule; None for one that fails on arrays of settings."""
        positions = {name: POSITIONS[name] for name in sliding(rule)}
        try:
            with _muted(rule):
                return build_atlas(self.problem, rule, positions, self.n_steps, show=self._show)
        except Exception:
            return None

    def _run(self, rule):
        """Run a rule with the values on screen, once, and without what it prints."""
        if self._ran[0] != self.values:
            self._ran = self.values, {}
        known = self._ran[1]
        if rule not in known:
            with _muted(rule):
                known[rule] = run(self.problem, rule, self.n_steps, **own(rule, self.values))
        return known[rule]

    def _paths(self):
        """Return (label, trajectory, None) or (label, None, error in words) for each rule."""
        told = []
        for rule, label in zip(self.rules, self.labels, strict=True):
            try:
                told.append((label, self._run(rule), None))
            except Exception as error:
                told.append((label, None, explain(rule, error)))
        return told

    def _compute_missing(self):
        """Send the runs of the present setting that no atlas holds, if there are any."""
        runs = [
            None
            if atlas and atlas.index(**own(rule, self.values)) is not None
            else self._exact(rule)
            for rule, atlas in zip(self.rules, self._atlases, strict=True)
        ]
        slow = [
            label
            for label, atlas, told in zip(self.labels, self._atlases, runs, strict=True)
            if atlas is None and "error" not in told
        ]
        if any(runs) or not self.player.exact:
            with self.player.hold_sync():
                self.player.exact = {"setting": self.values, "runs": runs}
                self.player.note = _remark(slow)

    def _exact(self, rule):
        try:
            channels, codes = encode(self._run(rule), show=self._show)
        except Exception as error:
            return {"error": explain(rule, error)}
        return {"channels": [asdict(each) for each in channels], "piece": pack(codes, channels)}

    def _observe(self):
        for name in self.first:
            self.sliders[name].answer = {"index": partial(self._slid, name)}
            self.boxes[name].answer = {"value": lambda _, n=name: self._typed(n)}
        self.player.observe(lambda _: self._changed(), "setting")
        self.player.observe(lambda _: self._redraw(), "iteration")

    def _tied_in_browser(self, control):
        return self.player.coupled and control.from_browser

    def _slid(self, name, change):
        slider = self.sliders[name]
        chosen = change.new == change.old or slider.index != _nearest(name, self.values[name])
        if chosen and not self._tied_in_browser(slider):
            self.set(**{name: POSITIONS[name][slider.index]})

    def _typed(self, name):
        box = self.boxes[name]
        if self._tied_in_browser(box):
            return
        try:
            value = read_number(HYPERPARAMETERS[name], box.value)
        except ValueError as error:
            shown = text_of(self.values[name])
            self.messages[name].value = f"{error}. The picture still shows {name} = {shown}."
        else:
            self.set(**{name: value})

    def _changed(self):
        if not self._tied_in_browser(self.player):
            self._reflect()
        self._compute_missing()
        self._redraw()

    def _reflect(self):
        for name, value in self.values.items():
            self.sliders[name].index = _nearest(name, value)
            self.boxes[name].value = text_of(value)
            self.messages[name].value = HYPERPARAMETERS[name].meaning

    def _redraw(self):
        if self.picture is not None:
            self.picture.value = self.png()
            self.sentence_line.value = html.escape(f"{self.sentence} {self.player.note}")


class _SilentHere(io.TextIOBase):
    """A stream that drops what this thread writes, and hands on what others write."""

    def __init__(self, stream):
        self.stream, self.thread = stream, threading.get_ident()

    def write(self, text):
        return len(text) if threading.get_ident() == self.thread else self.stream.write(text)

    def flush(self):
        self.stream.flush()


_ONE_AT_A_TIME = threading.RLock()


@contextlib.contextmanager
def _muted(rule):
    """Drop what a reader's rule prints. Messages are answered beside a running cell, whose own
    prints must stay."""
    if any(rule is each for each in vars(optimizers).values()):
        yield
        return
    with _ONE_AT_A_TIME, contextlib.redirect_stdout(_SilentHere(sys.stdout)):
        yield


def _remark(slow):
    """Say which rules Python runs for one setting at a time."""
    if not slow:
        return ""
    return (
        f"{' and '.join(slow)} does not work on arrays of settings, so Python runs it for one "
        "setting at a time, and the picture follows more slowly."
    )


def _nearest(name, value):
    """Return the index of the position nearest to a value, the first of two equally near."""
    positions = POSITIONS[name]
    return min(range(len(positions)), key=lambda i: abs(positions[i] - value))


def _slider(name, value):
    slider = Slider(
        options=[(text_of(position), position) for position in POSITIONS[name]],
        index=_nearest(name, value),
        description=HYPERPARAMETERS[name].words,
        readout=False,
        style={"description_width": "100px"},
        layout={"flex": "0 1 330px", "min_width": "240px"},
    )
    slider.add_class(f"rmsprop-slider-{name}")
    return slider


def _box(name, value):
    return Box(
        value=text_of(value),
        description=f"{name} =",
        continuous_update=False,
        style={"description_width": "70px"},
        layout={"flex": "0 0 180px", "width": "180px"},
    )


def _message(name):
    return widgets.Label(HYPERPARAMETERS[name].meaning, layout={"flex": "1 1 220px"})
