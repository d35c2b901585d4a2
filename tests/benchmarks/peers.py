"""The explorer and its peers: the cells of a notebook for each, and how its picture changes.

Each peer shows the explorer's four panels of the same problem, with the same slider positions and
a Play button at 60 iterations a second, and is written as its own documentation recommends:

- interact: ipywidgets, "Using Interact", with its cure for flickering: an output of fixed height
- ipympl: "ipympl.ipynb", "Interacting with other widgets": the figure's canvas among the widgets,
  new data for its artists, and a redraw when it is idle
- bqplot: "Updating Plots": marks that stay, with their x and y set in one message each
- plotly: "Interact decorator": one FigureWidget, with all traces set in one ``batch_update``
"""

IMPORTS = """from functools import lru_cache
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import HBox, IntSlider, Play, SelectionSlider, VBox, jslink
from rmsprop_lesson.dials import POSITIONS
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.figures import (
    COLOURS, DRAW, RATES_WINDOW, fit_window, loss_window, plane_window, stability)
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.trajectory import run

problem = linear_regression()

def slider(name, value):
    made = SelectionSlider(options=POSITIONS[name], value=value, description=name)
    return made.add_class(f"rmsprop-slider-{name}")

lr, beta, epsilon = slider("lr", 0.1), slider("beta", 0.9), slider("epsilon", 1e-8)
play = Play(value=200, max=200, interval=17)
iteration = IntSlider(200, max=200)
jslink((play, "value"), (iteration, "value"))
controls = VBox([lr, beta, epsilon, HBox([play, iteration])])

def follow(update):
    for control in (lr, beta, epsilon, iteration):
        control.observe(update, "value")

@lru_cache
def path_of(lr, beta, epsilon):
    return run(problem, n_steps=200, lr=lr, beta=beta, epsilon=epsilon)

def moving():
    # x and y of each line and of its mark, from panel to panel
    path, at = path_of(lr.value, beta.value, epsilon.value), iteration.value
    steps, rates, ends = np.arange(201), path.effective_lr, np.array(fit_window(problem)[0])
    lines = [path.theta.T, (steps, path.loss), (steps, path.excess)]
    lines += [(steps[:-1], y) for y in (*rates.T, stability(problem, rates))]
    pairs = [pair for x, y in lines for pair in ((x, y), (x[at : at + 1], y[at : at + 1]))]
    fit = ends, path.theta[at, 0] + path.theta[at, 1] * ends
    return [*pairs[:6], fit, *pairs[6:]]

def still():
    # x and y of what stands still: contours and optimum, loss, data and best line, stability
    (x, y), ends = problem.optimum, np.array(fit_window(problem)[0])
    curvatures, axes = np.linalg.eigh(problem.hessian)
    angle = np.linspace(0, 2 * np.pi, 73)
    ellipse = axes @ (np.stack([np.cos(angle), np.sin(angle)]) / np.sqrt(curvatures)[:, None])
    contours = [problem.optimum[:, None] + r * ellipse for r in (0.5, 1, 2, 3, 4, 5, 6, 7)]
    steps = np.array([0, 200])
    constants = [(steps, np.full(2, each)) for each in (problem.minimum, 2, 2 / curvatures[-1])]
    points = [([x], [y]), (problem.X[:, 0], problem.y[:, 0])]
    return contours, constants, (ends, x + y * ends), points

WINDOWS = {
    "Path of the parameters": plane_window(problem),
    "Loss": ((0, 200), loss_window(problem)),
    "Data and fitted line": fit_window(problem),
    "Effective learning rates": ((0, 200), RATES_WINDOW),
}
PANELS = (0, 0, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 3)  # of each that moves
LINES = (0, 2, 4, 6, 7, 9, 11)  # the others are marks"""

EXPLORER = "Explorer(problem)"

INTERACT = """from ipywidgets import interactive

def show(lr, beta, epsilon, iteration):
    figure, axes = plt.subplots(2, 2, figsize=(9.2, 6.2))
    path = path_of(lr, beta, epsilon)
    for ax, draw in zip(axes.flat, DRAW.values()):
        draw(ax, problem, [("RMSProp", path)], iteration)
    plt.show()

view = interactive(show, lr=lr, beta=beta, epsilon=epsilon, iteration=iteration)
view.children[-1].layout.height = "620px"
VBox([play, view])"""

IPYMPL = """%matplotlib widget
with plt.ioff():
    figure, axes = plt.subplots(2, 2, figsize=(9.2, 6.2))
figure.canvas.header_visible = False
artists = []
for ax, draw in zip(axes.flat, DRAW.values()):
    made = draw(ax, problem, [("RMSProp", path_of(0.1, 0.9, 1e-8))], iteration=0)
    artists += [artist for artist in made if hasattr(artist, "set_data")]

def update(change=None):
    for artist, (x, y) in zip(artists, moving(), strict=True):
        artist.set_data(x, y)
    figure.canvas.draw_idle()

update()
follow(update)
VBox([controls, figure.canvas])"""

BQPLOT = """from bqplot import Axis, Figure, LinearScale, Lines, LogScale, Scatter

def panel(title, window, log):
    (left, right), (bottom, top) = window
    x = LinearScale(min=float(left), max=float(right))
    y = (LogScale if log else LinearScale)(min=float(bottom), max=float(top))
    axes = [Axis(scale=x), Axis(scale=y, orientation="vertical")]
    size = {"width": "460px", "height": "310px"}
    return Figure(title=title, axes=axes, layout=size), {"x": x, "y": y}

figures, scales = zip(*(panel(*each, log) for each, log in zip(WINDOWS.items(), (0, 1, 0, 1))))
contours, constants, best, points = still()
marks = [[Lines(x=x, y=y, scales=scales[0], colors=["gray"], stroke_width=1) for x, y in contours]]
marks += [[Lines(x=x, y=y, scales=scales[k], colors=["black"], line_style="dotted")
           for x, y in each] for k, each in ((1, constants[:1]), (2, [best]), (3, constants[1:]))]
for k, (x, y) in zip((0, 2), points):
    marks[k].append(Scatter(x=x, y=y, scales=scales[k], colors=["skyblue"], default_size=16))
moved = []
for number, ((x, y), k) in enumerate(zip(moving(), PANELS, strict=True)):
    kind = Lines if number in LINES else Scatter
    moved.append(kind(x=x, y=y, scales=scales[k], colors=[COLOURS[0]]))
    marks[k].append(moved[-1])
for figure, its in zip(figures, marks):
    figure.marks = its

def update(change):
    for mark, (x, y) in zip(moved, moving()):
        with mark.hold_sync():
            mark.x, mark.y = x, y

follow(update)
VBox([controls, HBox(figures[:2]), HBox(figures[2:])])"""

PLOTLY = """import plotly.graph_objects as go
from plotly.subplots import make_subplots

places = [{"row": 1, "col": 1}, {"row": 1, "col": 2}, {"row": 2, "col": 1}, {"row": 2, "col": 2}]
figure = go.FigureWidget(make_subplots(rows=2, cols=2, subplot_titles=list(WINDOWS)))
figure.update_layout(width=920, height=620, showlegend=False)
for place, ((left, right), window), log in zip(places, WINDOWS.values(), (0, 1, 0, 1)):
    figure.update_xaxes(range=[left, right], **place)
    figure.update_yaxes(type="log" if log else "linear",
                        range=np.log10(window) if log else window, **place)
contours, constants, best, points = still()
for k, its in ((0, contours), (1, constants[:1]), (2, [best]), (3, constants[1:])):
    for x, y in its:
        figure.add_scatter(x=x, y=y, mode="lines", line={"color": "gray", "width": 1}, **places[k])
for k, (x, y) in zip((0, 2), points):
    figure.add_scatter(x=x, y=y, mode="markers", marker={"color": "skyblue"}, **places[k])
first = len(figure.data)
for number, ((x, y), k) in enumerate(zip(moving(), PANELS, strict=True)):
    mode = "lines" if number in LINES else "markers"
    figure.add_scatter(x=x, y=y, mode=mode, line={"color": COLOURS[0]}, **places[k])
moved = figure.data[first:]

def update(change):
    with figure.batch_update():
        for trace, (x, y) in zip(moved, moving()):
            trace.x, trace.y = x, y

follow(update)
VBox([controls, figure])"""

CELLS = {
    "explorer": EXPLORER,
    "interact": INTERACT,
    "ipympl": IPYMPL,
    "bqplot": BQPLOT,
    "plotly": PLOTLY,
}
READY = {  # what is there once the first picture is
    "explorer": ".rmsprop-done[points*=',']",
    "interact": ".jp-OutputArea img",
    "ipympl": ".jupyter-matplotlib-canvas-container canvas",
    "bqplot": ".curve .line[d*='L']",
    "plotly": ".js-plotly-plot .js-line[d*='L']",
}
ATTRIBUTES = """(root, changed) => new MutationObserver((records) => {{
        if (records.some(({{ target }}) => target.closest("{0}"))) {1};
    }}).observe(root, {{ attributes: true, subtree: true, attributeFilter: {2} }})"""
CHANGED = {  # calls its second argument in the frame in which the picture has changed
    # the player draws in a frame; the others when a message comes, for the next one
    "explorer": ATTRIBUTES.format(".rmsprop-panels", "changed()", '["points"]'),
    "bqplot": ATTRIBUTES.format(
        ".jp-OutputArea svg", "requestAnimationFrame(changed)", '["d", "transform"]'
    ),
    "plotly": ATTRIBUTES.format(
        ".js-plotly-plot", "requestAnimationFrame(changed)", '["d", "transform"]'
    ),
    "interact": """(root, changed) => new MutationObserver((changes) => {
        for (const change of changes) for (const node of change.addedNodes)
            node.querySelectorAll?.("img").forEach((image) => image.decode().then(() =>
                requestAnimationFrame(changed)));
    }).observe(root, { childList: true, subtree: true })""",
    "ipympl": """(root, changed) => {
        const draw = CanvasRenderingContext2D.prototype.drawImage;
        CanvasRenderingContext2D.prototype.drawImage = function (...what) {
            if (this.canvas.isConnected) requestAnimationFrame(changed);
            return draw.apply(this, what);
        };
    }""",
}
