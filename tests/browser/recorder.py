"""What a reader could have seen: in every frame, what the controls say and what is drawn."""

import numpy as np
from matplotlib.figure import Figure

from rmsprop_lesson import figures, scenes
from rmsprop_lesson.optimizers import HYPERPARAMETERS, rule_parameters
from rmsprop_lesson.trajectory import run
from rmsprop_lesson.words import read_number

# Frame callbacks run in the order in which they were asked for, so the player's own may come after
# a recorder's. What observes the size of an element comes after all of them and before the paint.
RECORD = """() => {
    const frames = (window.frames_seen = []), last = [], ruler = document.createElement("div");
    ruler.id = "ruler";
    ruler.style.cssText = "position: fixed; height: 0";
    document.body.append(ruler);
    const values = () => [...document.querySelectorAll("input")].map((each) => each.value).join();
    let changed = true, valued = "";  // a page at rest need not be read in every frame
    const typed = (target, text) => { target.being_typed = text; changed = true; };
    document.addEventListener("input", ({ target }) => typed(target, target.value), true);
    document.addEventListener("change", ({ target }) => typed(target, null), true);
    new MutationObserver((all) => (changed ||= all.some(({ target }) => target !== ruler))).observe(
        document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    new ResizeObserver(() => {
        if (!ruler.isConnected || (!changed && values() === valued)) return;
        changed = false;
        valued = values();
        document.querySelectorAll(".rmsprop-explorer").forEach((root, view) => {
            const boxes = [...root.querySelectorAll(".widget-text input")].map(
                (box) => (box.being_typed === box.value ? null : box.value));
            const lines = Object.fromEntries([...root.querySelectorAll(".rmsprop-done")].map(
                (line) => [line.dataset.line, line.getAttribute("points")]));
            const words = root.querySelector(".rmsprop-status").textContent;
            const refusals = [...root.querySelectorAll(".rmsprop-row > .widget-label")].map(
                (label) => label.textContent.includes("still shows") ? label.textContent : "");
            const waiting = root.querySelector(".rmsprop-player").matches(".rmsprop-waiting");
            const sliders = [...root.querySelectorAll(".noUi-handle")].map(
                (handle) => Number(handle.getAttribute("aria-valuenow")));
            const says = [...root.querySelectorAll(".noUi-handle")].map(
                (handle) => handle.getAttribute("aria-valuetext"));
            const frame = { view, boxes, says, sliders, lines, words, refusals, waiting,
                iteration: Number(root.querySelector("input[type=range]").value) };
            const text = JSON.stringify(frame);
            if (last[view] !== text) frames.push(frame);
            last[view] = text;
        });
    }).observe(ruler);
    requestAnimationFrame(function next(now) {
        ruler.style.width = `${1 + (Math.round(now) % 1000)}px`;
        if (ruler.isConnected) requestAnimationFrame(next);
    });
}"""
RECORDED = """() => { document.getElementById("ruler").remove(); return frames_seen; }"""


def shown(frames):
    """Yield each frame with the values that its controls say.

    Where a box holds a text that is refused, the value is the one that the refusal names; where a
    text is still being typed, the one that the slider says.
    """
    said = {}
    for frame in frames:
        values = said.setdefault(frame["view"], {})
        controls = zip(
            HYPERPARAMETERS, frame["boxes"], frame["says"], frame["refusals"], strict=False
        )
        for name, text, says, refusal in controls:
            if text is None:
                values[name] = float(says.split(",")[0])
            elif refusal:
                values[name] = float(refusal.rsplit("= ", 1)[1].removesuffix("."))
            else:
                values[name] = read_number(HYPERPARAMETERS[name], text)
        yield frame, dict(values)


class Expected:
    """Where the points of a rule belong in the planes and the losses of a problem."""

    def __init__(self, problem, rules, n_steps=200):
        self.problem, self.rules, self.n_steps, self.axes, self.runs = (
            problem,
            rules,
            n_steps,
            {},
            {},
        )
        for panel in ("plane", "loss"):
            figure = Figure(figsize=(scenes.WIDTH, scenes.HEIGHT), dpi=72)
            self.axes[panel] = figure.add_axes(scenes.BOX)
            figures.DRAW[panel](self.axes[panel], problem, n_steps=n_steps)

    def points(self, k, values, iteration):
        """Return {panel: points} of rule number k."""
        rule = self.rules[k]
        own = {name: v for name, v in values.items() if name in rule_parameters(rule)}
        key = k, *own.items()
        if key not in self.runs:
            path = run(self.problem, rule, self.n_steps, **own)
            rows = {
                "plane": path.theta,
                "loss": np.column_stack([np.arange(len(path.loss)), path.loss]),
            }
            placed = {panel: self.axes[panel].transData.transform(rows[panel]) for panel in rows}
            for points in placed.values():
                points[:, 1] = 72 * scenes.HEIGHT - points[:, 1]
            self.runs[key] = placed
        return {panel: points[: iteration + 1] for panel, points in self.runs[key].items()}
