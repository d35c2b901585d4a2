"""What was measured, as tables for the terminal and as one picture."""

import statistics

import matplotlib
import matplotlib.pyplot as plt
from screen import PATIENCE, SLIDERS

from rmsprop_lesson.figures import COLOURS, GRID, INK

STATES = ("local", "150 ms", "busy", "blocked", "dead")
FRAME = 1000 / 60
BEGIN, END = "<!-- measured -->", "<!-- end of what is measured -->"
BEFORE = "## For everybody\n"  # where the section belongs in README
SECTION = f"""## How fast

Measured side by side, with the same four pictures, in a real JupyterLab and a real browser: the
explorer, and the usual ways to do the same. What counts are the multiples (×); the milliseconds
belong to a machine of two cores without a graphics processor. A picture is painted when the browser
has drawn it; 60 pictures a second are what its screen can show. *Opened again* is in a new kernel.

{BEGIN}
{END}

![The explorer and four other ways: key press to painted picture, and pictures per second while \
playing; local, 150 ms away, and while Python is busy.](.github/bench.png)

`python3 -m rmsprop_lesson bench` measures it anew, with more figures.
[TEACHING.md](TEACHING.md) says what a class needs.

"""


def screen_tables(told):
    """Return what a reader sees and what it costs, the explorer first, with the ratios to it."""
    lines = []
    for state in STATES:
        kinds = [kind for kind in told if state in told[kind]]
        if kinds:
            lines += ["", f"{state}: key to painted picture, median / 95th percentile in ms"]
            lines += [_waits(kind, told[kind][state], told) for kind in kinds]
        if any("drag" in told[kind][state] for kind in kinds):
            lines += ["", f"{state}: dragging and playing"]
            lines += [_motion(kind, told[kind][state]) for kind in kinds]
    lines += ["", "local: what it costs"]
    return "\n".join(lines + [_cost(kind, told[kind]["local"]) for kind in told]) + "\n"


def wait(figures):
    """Return the median over the sliders of the median wait in ms; what never came counts most."""
    waits = [figures["keys"].get(name, {}).get("median", 1000 * PATIENCE) for name in SLIDERS]
    return statistics.median(waits)


def _waits(kind, figures, told):
    row = [f"{kind:9}"]
    for name in SLIDERS:
        each = figures["keys"].get(name, {"over": 1000 * PATIENCE})
        text = (
            f"over {each['over']}"
            if "over" in each
            else f"{each['median']:.1f} / {each['p95']:.1f}"
        )
        row.append(f"{name} {text:16}")
    if kind == "explorer":
        timing = [figures["keys"][name]["event_timing"] for name in SLIDERS]
        text = ", ".join(f"{each['median']:.0f} / {each['p95']:.0f}" for each in timing)
        row.append(f"by Event Timing, in steps of 8: {text}")
    elif "explorer" in told:
        row.append(
            f"{wait(figures) / wait(told['explorer']['local']):.0f} times the explorer, local"
        )
    return "  ".join(row)


def _motion(kind, figures):
    drag, play = figures["drag"], figures["play"]
    lag = "none came" if drag["lag"] is None else f"{drag['lag']:.0f} ms"
    return (
        f"{kind:9}  dragging {drag['pictures']:5.1f} pictures/s, lag {lag:9}"
        f"  playing {play['frames']:5.1f} frames/s, longest gap {play['gap']:.0f} ms"
    )


def _cost(kind, figures):
    first, press, drag, play = (figures[name] for name in ("first", "press", "drag", "play"))
    held = figures["memory"]
    return (
        f"{kind:9}  first picture {first['shown']:.0f} ms, first answer {first['answered']:.0f} ms,"
        f" {first['cpu']:.0f} ms of kernel CPU, {first['bytes'] / 1e6:.2f} MB on the wire,"
        f" {first['kernel_mb']:.0f} MB in the kernel, {first['browser_mb']:.0f} MB in the browser\n"
        f"{'':9}  a key press {press['cpu']:.1f} ms of CPU, {press['bytes'] / 1e3:.1f} kB;"
        f" a second of dragging {drag['cpu']:.0f} ms, {drag['bytes'] / 1e3:.1f} kB;"
        f" of playing {play['cpu']:.0f} ms, {play['bytes'] / 1e3:.1f} kB\n"
        f"{'':9}  at the end {held['kernel_mb']:.0f} MB in the kernel,"
        f" {held['browser_mb']:.0f} MB in the browser"
    )


def in_place(text, results):
    """Return README with the table of these results between its two marks."""
    if BEGIN not in text:
        text = text.replace(BEFORE, SECTION + BEFORE)
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{summary(results)}\n{END}{rest.split(END)[1]}"


def summary(results):
    """Return the table for README: the explorer's figures, and the peers' as multiples of them."""
    told = results["screen"]
    states = {"local": "", "150 ms": ", 150 ms away", "busy": ", while Python is busy"}
    rows = [
        (f"key press to painted picture{where}", lambda kind, s=state: wait(told[kind][s]), "ms")
        for state, where in states.items()
    ]
    rows += [
        ("cell to answering picture", lambda kind: told[kind]["local"]["first"]["answered"], "ms"),
        ("the same, opened again", lambda kind: told[kind]["again"]["first"]["answered"], "ms"),
        ("dragging", lambda kind: told[kind]["local"]["drag"]["pictures"], "pictures/s"),
        ("playing, 60 asked for", lambda kind: told[kind]["local"]["play"]["frames"], "pictures/s"),
        ("Python's work, a second of it", lambda kind: told[kind]["local"]["play"]["cpu"], "ms"),
    ]
    lines = [_row("what is measured", *told), _row("---", *("---" for _ in told))]
    lines += [_row(name, *_compared(told, figure, unit)) for name, figure, unit in rows]
    return "\n".join(lines)


def _row(*cells):
    return f"| {' | '.join(cells)} |"


def _compared(told, figure, unit):
    own = figure("explorer")
    yield f"{_rounded(own)} {unit}"
    for kind in list(told)[1:]:
        value = figure(kind)
        if value >= 1000 * PATIENCE:
            yield f"none within {PATIENCE} s"
        elif unit == "ms" and own > 0:
            yield f"{_rounded(value)} ms (×\N{NO-BREAK SPACE}{_rounded(value / own)})"
        else:
            yield f"{_rounded(value)} {unit}"


def _rounded(value):
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def core_table(rows):
    """Return the rows of the numerical core as text."""
    return "\n".join(
        f"{what:42} {needed * 1000:11.2f} ms   {compared}" for what, needed, compared in rows
    )


def draw(told, path):
    """Draw key to painted picture, and playing, of each kind in three states."""
    matplotlib.use("Agg")
    states = {"local": "o", "150 ms": "s", "busy": "^"}
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.2, 2.9), sharey=True, layout="constrained"
    )
    for row, kind in enumerate(told):
        for number, (state, marker) in enumerate(states.items()):
            figures, height = told[kind][state], row + 0.22 * (number - 1)
            style = {"color": COLOURS[number], "marker": marker, "linestyle": ""}
            label = {"local": "local", "busy": "kernel busy"}.get(state, "150 ms away")
            left.plot(wait(figures), height, label=label if not row else None, **style)
            right.plot(figures["play"]["frames"], height, **style)
            if wait(figures) >= 1000 * PATIENCE:
                text, place = f"none within {PATIENCE} s", (0.85 * wait(figures), height)
                left.text(*place, text, fontsize=8, ha="right", va="center", color=INK)
    left.set(
        xscale="log", title="Key press to painted picture, ms (median)", ylim=(len(told), -0.6)
    )
    left.set_yticks(range(len(told)), told)
    left.axvline(FRAME, color=INK, linewidth=0.9, linestyle=":")
    left.text(1.08 * FRAME, -0.33, "one frame", fontsize=8, color=INK)
    right.set(title="Playing at 60 per second, frames/s", xlim=(-2, 62))
    for ax in (left, right):
        ax.title.set_fontsize(10)
        ax.grid(axis="x", color=GRID, linewidth=0.6)
        ax.spines[["top", "right"]].set_visible(False)
    left.legend(ncols=3, fontsize=8, frameon=False, loc="lower right")
    figure.savefig(path, dpi=100, metadata={"Software": None})
    plt.close(figure)
