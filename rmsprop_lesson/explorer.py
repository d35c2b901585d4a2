"""Explorer: sliders and pictures for update rules on a problem."""

import contextlib
import io
import sys
import threading
from dataclasses import asdict

from . import optimizers
from .arguments import name_of
from .atlas import build_atlas
from .binding import is_problem
from .board import Board
from .dials import PARAMETERS, POSITIONS, Dial
from .explorer_arguments import (
    checked_drawn_by,
    checked_panels,
    checked_problem,
    checked_rules,
    checked_runs,
    checked_sliders,
    checked_steps,
    first_values,
    sliding,
)
from .families import family_of, ground_of, grounds_of, made_from, problem_at
from .optimizers import rmsprop
from .packing import encode, pack
from .scenes import explorer_scene, picture
from .trajectory import run
from .words import describe, explain, label_of, text_of

STOPS = BaseException  # what may stop a reader's rule: an interrupt, or anything it raises


class Explorer(Board):
    """Sliders, a player and pictures for a rule on a problem.

    Parameters
    ----------
    problem : a Quadratic with two parameters, such as ``linear_regression()``, or a function that
        makes one, such as ``quadratic_bowl``: then condition and angle have sliders, too
    optimizer : a function of rmsprop's form, with at least one of lr, beta, epsilon
    compare : a rule, or up to four in a list or tuple, to draw beside it from the same start
    n_steps : int, 1 to 2000, by default 200; less for many rules with many sliders, as a browser
        must hold them all
    panels : some of "plane", "loss", "fit", "rates" in a list or tuple; by default all
    sliders : names of the parameters that have a slider; by default all. The others keep their
        first value.
    drawn_by : "browser", or "kernel" where no anywidget works (slower)
    **first : first values of the parameters, such as lr=0.1; by default those of the rule

    Attributes
    ----------
    lr, beta, epsilon, condition, angle : SelectionSliders; ``.value`` is one of the positions, the
        nearest one where the setting lies between two
    boxes, messages : dict of name to Text and Label
    values : the parameters on screen
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
        sliders=None,
        drawn_by="browser",
        **first,
    ):
        self.problem, self.n_steps = checked_problem(problem), checked_steps(n_steps)
        self.rules = checked_rules(optimizer, compare)
        self.panels = checked_panels(panels, problem)
        by_kernel = checked_drawn_by(drawn_by) == "kernel"
        first = first_values(problem, self.rules, first)
        shown = checked_sliders(sliders, list(first))
        dials = {name: Dial(PARAMETERS[name], POSITIONS[name], first[name]) for name in shown}
        checked_runs(dials, problem, self.rules, self.n_steps)
        self.fixed = {name: value for name, value in first.items() if name not in dials}
        self.family = family_of(problem, dials, self.fixed)
        self._show = ("theta", "excess") + (("effective_lr",) if "rates" in self.panels else ())
        self._ran = {}
        sources = [_RuleOnScreen(self, rule, dials) for rule in self.rules]
        first = {name: first[name] for name in dials}
        shown = problem_at(problem, self.fixed) if self.family is None else self.family
        maker = None if is_problem(problem) else problem
        scene = explorer_scene(shown, self.panels, sources, self.n_steps, dials, first, maker)
        if self.family is not None:
            scene["grounds"] = grounds_of(problem, dials, self.fixed, self.family)
        super().__init__(dials, first, sources, scene, by_kernel)

    @property
    def trajectories(self):
        """The exact trajectory of each rule on screen, computed when it is read."""
        return [each.trajectory(self.values) for each in self.sources]

    @property
    def trajectory(self):
        """The exact trajectory of the optimizer on screen, computed when it is read."""
        return self.sources[0].trajectory(self.values)

    @property
    def code(self):
        """The run(...) calls that give the trajectories on screen."""
        calls = []
        for each in self.sources:
            values = each.all(self.values).items()
            given = "".join(f", {name}={text_of(value)}" for name, value in values)
            calls.append(f"{each.call}{given})")
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
        problem = problem_at(self.problem, self.fixed | self.values)
        at = self.player.iteration
        is_first = self.values == self.first and at == self.player.scene["start"]
        draw = picture if is_first else picture.__wrapped__  # only what is seen first is kept
        return draw(problem, self.panels, paths, at, self.n_steps, self.family)

    def run(self, rule, **values):
        """Run a rule with all its values, once in a row, and without what it prints.

        What stops it is kept as well: who has interrupted a rule that never ends has done enough.
        """
        if self._ran.get(id(rule), (None,))[0] != values:
            path = error = None
            with _muted(rule):
                try:
                    path = run(self.problem, rule, self.n_steps, **values)
                except STOPS as stopped:
                    error = stopped
            self._ran[id(rule)] = values, path, error
        _, path, error = self._ran[id(rule)]
        if error is not None:
            raise error
        return path

    def _paths(self):
        """Return (label, trajectory, None) or (label, None, error in words) for each rule."""
        told = []
        for each in self.sources:
            try:
                told.append((each.label, each.trajectory(self.values), None))
            except STOPS as error:
                told.append((each.label, None, explain(each.rule, error)))
        return told

    def _beside(self):
        if self.family is None:
            return {}
        return {"ground": ground_of(problem_at(self.problem, self.fixed | self.values))}


def _in_code(function):
    """Return the name to call a function by; what has none is to be given one that begins so."""
    has_one = getattr(function, "__name__", "<lambda>") != "<lambda>"
    return name_of(function) if has_one else f"my_{type(function).__name__}"


class _RuleOnScreen:
    """A rule on the explorer's problem, with its atlas; None for one that fails on arrays."""

    def __init__(self, explorer, rule, dials):
        self.explorer, self.rule, self.label = explorer, rule, label_of(rule)
        problem = "problem" if is_problem(explorer.problem) else _in_code(explorer.problem)
        self.call = f"run({problem}, {_in_code(rule)}, n_steps={explorer.n_steps}"
        self.takes = [*sliding(rule), *made_from(explorer.problem)]
        self.names = [name for name in self.takes if name in dials]
        self.fixed = {n: value for n, value in explorer.fixed.items() if n in self.takes}
        positions = {name: dials[name].positions for name in self.names}
        try:
            with _muted(rule):
                self.atlas = build_atlas(
                    explorer.problem,
                    rule,
                    positions,
                    explorer.n_steps,
                    show=explorer._show,
                    fixed=self.fixed,
                )
        except KeyboardInterrupt:
            raise
        except BaseException:
            self.atlas = None

    def own(self, values):
        """Return those of the sliders' values that the rule takes."""
        return {name: values[name] for name in self.names}

    def all(self, values):
        """Return all values that the rule takes, in its order."""
        values = self.fixed | self.own(values)
        return {name: values[name] for name in self.takes}

    def trajectory(self, values):
        """Return the exact trajectory."""
        return self.explorer.run(self.rule, **self.all(values))

    def exact(self, values):
        """Return the run of one setting, packed for the browser, or what went wrong in words."""
        try:
            channels, codes = encode(self.trajectory(values), show=self.explorer._show)
        except STOPS as error:
            return {"error": explain(self.rule, error)}
        return {"channels": [asdict(each) for each in channels], "piece": pack(codes, channels)}


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
    with (
        _ONE_AT_A_TIME,
        contextlib.redirect_stdout(_SilentHere(sys.stdout)),
        contextlib.redirect_stderr(_SilentHere(sys.stderr)),
    ):
        yield
