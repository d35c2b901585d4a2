"""Explorer: sliders, and the link to the player in the browser.

The kernel never stands between the hand and the picture. The trajectories of all slider
positions travel to the browser once, as an atlas; the browser ties sliders, boxes and picture
together. Python answers only what is not in the atlas: a value typed in between two positions,
or a rule that does not work on arrays. Where the browser cannot tie the controls (``coupled`` is
false), Python does it, slower.
"""

import base64
import contextlib
import io
from dataclasses import asdict
from math import inf
from pathlib import Path

import anywidget
import ipywidgets as widgets
import traitlets

from .atlas import POSITIONS, RUNS_IN_A_PIECE, build_atlas, encode, pack
from .figures import lines_of
from .optimizers import HYPERPARAMETERS, rmsprop, rule_parameters
from .scenes import PANELS, picture, scene
from .trajectory import run
from .words import describe, explain, label_of, read_number, text_of

HERE = Path(__file__).parent


class _FromBrowser:
    """A control that tells a change made in the browser from one made in Python."""

    from_browser = False

    def set_state(self, sync_data):
        self.from_browser = True
        try:
            super().set_state(sync_data)
        finally:
            self.from_browser = False


class Slider(_FromBrowser, widgets.SelectionSlider):
    """A slider over exact positions."""


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
        super().__init__(**kwargs)
        self.pieces = kwargs["opening"]
        self.on_msg(self._answer)

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


class Explorer(widgets.VBox):
    """Sliders, a player and pictures for a rule on a problem.

    Parameters
    ----------
    problem : a Quadratic with two parameters, such as ``linear_regression()``
    optimizer : a function of rmsprop's form
    compare : rules to draw beside it, from the same start
    n_steps : int, 1 or more
    panels : which of "plane", "loss", "fit", "rates", in this order
    drawn_by : "browser", or "kernel" where no anywidget works (slower)
    **first : first values of the hyperparameters, such as lr=0.1

    Attributes
    ----------
    lr, beta, epsilon : SelectionSliders; ``.value`` is one of the positions
    boxes, messages : dict of name to Text and Label
    values : the hyperparameters on screen
    trajectory, trajectories : the exact Trajectory of the optimizer, and of all rules

    Raises
    ------
    ValueError : for an unknown panel, a rule of another form, a value that is not allowed
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
        self.problem, self.n_steps = _checked_problem(problem), _steps(n_steps)
        self.rules = _checked_rules(optimizer, compare)
        self.panels = _checked_panels(panels, problem)
        self.first = _first_values(self.rules, first)
        if drawn_by not in ("browser", "kernel"):
            raise ValueError(f'drawn_by must be "browser" or "kernel", not {drawn_by!r}')
        names = list(self.first)
        self.labels = [label_of(rule) for rule in self.rules]
        self._show = ("theta", "excess") + (("effective_lr",) if "rates" in self.panels else ())
        self._atlases = [_atlas(problem, rule, n_steps, self._show) for rule in self.rules]
        self.sliders = {name: _slider(name, self.first[name]) for name in names}
        self.boxes = {name: _box(name, self.first[name]) for name in names}
        self.messages = {name: _message(name) for name in names}
        for name, slider in self.sliders.items():
            setattr(self, name, slider)
        self._trajectories = None
        self.player = Player(
            scene=self._scene(),
            controls={
                name: {
                    "slider": self.sliders[name].model_id,
                    "box": self.boxes[name].model_id,
                    "message": self.messages[name].model_id,
                }
                for name in names
            },
            opening=[[] if atlas is None else list(atlas.pieces) for atlas in self._atlases],
            setting=dict(self.first),
            exact=self._exact(self.first),
            iteration=n_steps,
            note=self._remark(),
        )
        self.picture = widgets.Image(format="png", width="100%") if drawn_by == "kernel" else None
        self.sentence_line = widgets.Label()
        rows = [
            widgets.HBox([self.sliders[name], self.boxes[name], self.messages[name]])
            for name in names
        ]
        for row in rows:
            row.add_class("rmsprop-row")
        shown = [self.player] if self.picture is None else [self.sentence_line, self.picture]
        super().__init__([*rows, *shown])
        self.add_class("rmsprop-explorer")
        self._observe()
        self._redraw()

    def set(self, **values):
        """Set hyperparameters to any allowed values, such as ``lr=0.37``.

        Raises
        ------
        ValueError : naming the hyperparameter, its value and what is allowed; nothing changes
        """
        unknown = set(values) - set(self.first)
        if unknown:
            raise ValueError(
                f"the explorer has no {min(unknown)!r}; it has {', '.join(self.first)}"
            )
        checked = {name: _one_number(name, value) for name, value in values.items()}
        self.player.setting = self.values | checked

    def reset(self):
        """Go back to the first values."""
        self.player.iteration = self.n_steps
        self.set(**self.first)

    @property
    def values(self):
        """The hyperparameters on screen: dict of name to float."""
        return {name: float(self.player.setting[name]) for name in self.first}

    @property
    def trajectories(self):
        """The exact trajectory of each rule on screen, computed when it is read."""
        values = self.values
        if self._trajectories is None or self._trajectories[0] != values:
            self._trajectories = values, [self._run(rule) for rule in self.rules]
        return self._trajectories[1]

    @property
    def trajectory(self):
        """The exact trajectory of the optimizer on screen, computed when it is read."""
        return self.trajectories[0]

    @property
    def code(self):
        """The run(...) calls that give the trajectories on screen."""
        calls = []
        for rule in self.rules:
            given = "".join(f", {n}={text_of(v)}" for n, v in _own(rule, self.values).items())
            calls.append(f"run(problem, {_name(rule)}, n_steps={self.n_steps}{given})")
        return "\n".join(calls)

    @property
    def sentence(self):
        """What the picture shows, in words: the alternative text."""
        values = ", ".join(f"{name} = {text_of(value)}" for name, value in self.values.items())
        at = self.player.iteration
        parts = [
            f"{label}: {describe(path, at) if error is None else error}"
            for label, path, error in self._paths()
        ]
        return f"Explorer, {values}, iteration {at}. {'. '.join(parts)}."

    def png(self):
        """Return the present picture as PNG bytes, drawn by matplotlib."""
        paths = [(label, path) for label, path, error in self._paths() if error is None]
        return picture(self.problem, self.panels, paths, self.player.iteration, self.n_steps)

    def _paths(self):
        """Return (label, trajectory, None) or (label, None, error in words) for each rule."""
        told = []
        for rule, label in zip(self.rules, self.labels, strict=True):
            try:
                told.append((label, self._run(rule), None))
            except Exception as error:
                told.append((label, None, explain(rule, error)))
        return told

    def _run(self, rule):
        return run(self.problem, rule, self.n_steps, **_own(rule, self.values))

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data = dict(bundle[0] if isinstance(bundle, tuple) else bundle)
        data["text/plain"] = self.sentence
        data["image/png"] = base64.b64encode(self.png()).decode("ascii")
        return data, {"image/png": {"alt": data["text/plain"]}}

    def _observe(self):
        for name in self.first:
            self.sliders[name].observe(lambda _, n=name: self._slid(n), "index")
            self.boxes[name].observe(lambda _, n=name: self._typed(n), "value")
        self.player.observe(lambda _: self._changed(), "setting")
        self.player.observe(lambda _: self._redraw(), "iteration")

    def _tied_in_browser(self, control):
        return self.player.coupled and control.from_browser

    def _slid(self, name):
        slider = self.sliders[name]
        if self._tied_in_browser(slider):
            return
        if slider.index != nearest(POSITIONS[name], self.values[name]):
            self.set(**{name: slider.value})

    def _typed(self, name):
        box = self.boxes[name]
        if self._tied_in_browser(box) or box.value == text_of(self.values[name]):
            return
        try:
            value = read_number(HYPERPARAMETERS[name], box.value)
        except ValueError as error:
            shown = text_of(self.values[name])
            self.messages[name].value = f"{error}. The picture still shows {name} = {shown}."
            return
        self.set(**{name: value})
        self._reflect()

    def _changed(self):
        if not self._tied_in_browser(self.player):
            self._reflect()
        if self._missing(self.values):
            self.player.exact = self._exact(self.values)
        self._redraw()

    def _reflect(self):
        for name, value in self.values.items():
            self.sliders[name].index = nearest(POSITIONS[name], value)
            self.boxes[name].value = text_of(value)
            self.messages[name].value = HYPERPARAMETERS[name].meaning

    def _redraw(self):
        if self.picture is not None:
            self.picture.value = self.png()
            self.sentence_line.value = self.sentence

    def _missing(self, values):
        """Return the numbers of the rules whose atlas does not hold these values."""
        return [
            k
            for k, (rule, atlas) in enumerate(zip(self.rules, self._atlases, strict=True))
            if atlas is None or atlas.index(**_own(rule, values)) is None
        ]

    def _exact(self, values):
        runs = [None] * len(self.rules)
        for k in self._missing(values):
            runs[k] = self._one_run(self.rules[k], _own(self.rules[k], values))
        return {"setting": dict(values), "runs": runs}

    def _one_run(self, rule, values):
        try:
            path = run(self.problem, rule, self.n_steps, **values)
        except Exception as error:
            return {"error": explain(rule, error)}
        channels, codes = encode(path, show=self._show)
        return {"channels": [asdict(each) for each in channels], "piece": pack(codes, channels)}

    def _remark(self):
        slow = [
            label
            for label, atlas, told in zip(
                self.labels, self._atlases, self._exact(self.first)["runs"], strict=True
            )
            if atlas is None and "error" not in told
        ]
        if not slow:
            return ""
        return (
            f"{' and '.join(slow)} does not work on arrays of settings, so Python runs it for one "
            "setting at a time, and the picture follows more slowly."
        )

    def _scene(self):
        panels = []
        for panel in self.panels:
            lines = [
                asdict(line) | {"path": k}
                for k, label in enumerate(self.labels)
                for line in lines_of(panel, self.problem, k, label)
            ]
            panels.append(scene(self.problem, panel, self.n_steps) | {"lines": lines})
        return {
            "panels": panels,
            "parameters": [_parameter(name) for name in self.first],
            "paths": [self._path(k) for k in range(len(self.rules))],
            "names": list(self.problem.names),
            "minimum": float(self.problem.minimum),
            "optimum": self.problem.optimum.tolist(),
            "hessian": self.problem.hessian.tolist(),
            "n_steps": self.n_steps,
            "first": dict(self.first),
        }

    def _path(self, k):
        rule, atlas = self.rules[k], self._atlases[k]
        told = {
            "name": self.labels[k],
            "rule": _name(rule),
            "names": list(_own(rule, self.first)),
        }
        if atlas is None:
            return told
        return told | {
            "positions": [[name, list(values)] for name, values in atlas.positions.items()],
            "channels": [asdict(channel) for channel in atlas.channels],
            "pieces": len(atlas.pieces),
            "runs_in_a_piece": RUNS_IN_A_PIECE,
        }


def nearest(positions, value):
    """Return the index of the position nearest to a value, the first of two equally near."""
    return min(range(len(positions)), key=lambda i: abs(positions[i] - value))


def _atlas(problem, rule, n_steps, show):
    """Return the atlas of a rule; None for one that gives other numbers for arrays, or none."""
    positions = {name: POSITIONS[name] for name in _sliding(rule)}
    if getattr(rule, "__module__", "").startswith(__package__):
        return build_atlas(problem, rule, positions, n_steps, show=show)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            atlas = build_atlas(problem, rule, positions, n_steps, show=show)
            return atlas if _equals_single_runs(atlas, problem, rule, show) else None
    except Exception:
        return None


def _equals_single_runs(atlas, problem, rule, show):
    runs = range(0, atlas.runs, max(1, atlas.runs // 7))
    for number in (*runs, atlas.runs - 1):
        values, rest = {}, number
        for name, positions in reversed(atlas.positions.items()):
            rest, place = divmod(rest, len(positions))
            values[name] = positions[place]
        _, codes = encode(run(problem, rule, atlas.n_steps, **values), show=show)
        for many, one in zip(atlas.codes, codes, strict=True):
            if not (many[number] == one[0]).all():
                return False
    return True


def _parameter(name):
    known = HYPERPARAMETERS[name]
    return {
        "name": name,
        "words": known.words,
        "meaning": known.meaning,
        "allowed": known.allowed,
        "lower": known.lower,
        "lower_included": known.lower_included,
        "upper": None if known.upper == inf else known.upper,
        "positions": list(POSITIONS[name]),
    }


def _slider(name, value):
    slider = Slider(
        options=[(text_of(position), position) for position in POSITIONS[name]],
        index=nearest(POSITIONS[name], value),
        description=HYPERPARAMETERS[name].words,
        readout=False,
        style={"description_width": "100px"},
        layout={"flex": "0 1 360px", "min_width": "240px"},
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
    return widgets.Label(HYPERPARAMETERS[name].meaning, layout={"flex": "1 1 260px"})


def _sliding(rule):
    return [name for name in rule_parameters(rule) if name in POSITIONS]


def _own(rule, values):
    return {name: values[name] for name in _sliding(rule)}


def _name(rule):
    return getattr(rule, "__name__", type(rule).__name__)


def _checked_problem(problem):
    if not hasattr(problem, "gradient") or getattr(problem, "start", None) is None:
        raise ValueError(f"problem must be one such as linear_regression(), not {problem!r}")
    if problem.start.shape != (2,):
        raise ValueError(f"problem must have two parameters, not a start of {problem.start.shape}")
    return problem


def _checked_rules(optimizer, compare):
    rules = (optimizer, *(compare if isinstance(compare, (tuple, list)) else (compare,)))
    for rule in rules:
        if not callable(rule):
            raise ValueError(f"optimizer and compare must be update rules, not {rule!r}")
        if not _sliding(rule):
            raise ValueError(
                f"{_name(rule)} must have a hyperparameter named {', '.join(POSITIONS)}"
            )
    if len(rules) > 4:
        raise ValueError(f"compare must hold at most 3 rules, not {len(rules) - 1}")
    return rules


def _checked_panels(panels, problem):
    possible = [panel for panel in PANELS if panel != "fit" or hasattr(problem, "X")]
    panels = possible if panels is None else [panels] if isinstance(panels, str) else list(panels)
    for panel in panels:
        if panel not in possible:
            raise ValueError(f"panels must be of {', '.join(possible)}, not {panel!r}")
    if not panels:
        raise ValueError(f"panels must name at least one of {', '.join(possible)}")
    return tuple(dict.fromkeys(panels))


def _first_values(rules, first):
    values = {}
    for rule in rules:
        defaults = rule_parameters(rule)
        values |= {name: defaults[name] for name in _sliding(rule) if name not in values}
    unknown = set(first) - set(values)
    if unknown:
        raise ValueError(f"the explorer has no {min(unknown)!r}; it has {', '.join(values)}")
    return {name: _one_number(name, first.get(name, default)) for name, default in values.items()}


def _one_number(name, value):
    checked = HYPERPARAMETERS[name].check(value)
    if not isinstance(checked, float):
        raise ValueError(f"{name} must be one number, not {value!r}")
    return checked


def _steps(n_steps):
    if isinstance(n_steps, bool) or not isinstance(n_steps, int) or not 1 <= n_steps <= 2000:
        raise ValueError(f"n_steps must be a whole number from 1 to 2000, not {n_steps!r}")
    return n_steps
