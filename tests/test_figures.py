"""The static pictures: what is drawn, tested on the drawn data."""

import itertools
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from rmsprop_lesson import figures
from rmsprop_lesson.figures import DRAW, lines_of, stability
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.problems import least_squares, linear_regression, quadratic_bowl
from rmsprop_lesson.trajectory import run

PROBLEM = linear_regression()
BOWL = quadratic_bowl()
PATHS = (
    ("RMSProp", run(PROBLEM, n_steps=200)),
    ("gradient descent", run(PROBLEM, gradient_descent, n_steps=200)),
)


def drawn(panel, problem=PROBLEM, paths=PATHS, **more):
    ax = Figure().add_subplot()
    artists = DRAW[panel](ax, problem, paths, **more)
    return ax, artists


def moving(ax):
    """Return the lines with a label of their own."""
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def test_the_plane_shows_every_theta_of_every_path():
    ax, _ = drawn("plane")
    for name, path in PATHS:
        assert np.array_equal(moving(ax)[name].get_xydata(), path.theta)


def test_the_loss_panel_shows_loss_and_loss_above_the_minimum():
    ax, _ = drawn("loss")
    for name, path in PATHS:
        iterations = np.arange(201)
        loss = moving(ax)[f"loss, {name}"].get_xydata()
        excess = moving(ax)[f"loss − minimum, {name}"].get_xydata()
        assert np.array_equal(loss, np.stack([iterations, path.loss], axis=1))
        assert np.array_equal(excess, np.stack([iterations, path.excess], axis=1))


def test_the_minimum_of_the_loss_is_drawn_as_a_line_with_its_value():
    ax, _ = drawn("loss", paths=())
    assert [line.get_ydata()[0] for line in ax.lines] == [PROBLEM.minimum]
    assert [text.get_text() for text in ax.texts] == ["0.992"]


def test_the_fit_shows_the_data_the_least_squares_line_and_the_line_of_the_iteration():
    ax, _ = drawn("fit", iteration=7)
    data, least = ax.lines[:2]
    assert np.array_equal(data.get_xydata(), np.hstack([PROBLEM.X, PROBLEM.y]))
    slope, intercept = np.polyfit(PROBLEM.X[:, 0], PROBLEM.y[:, 0], 1)
    assert np.allclose(least.get_ydata(), intercept + slope * least.get_xdata(), atol=1e-12)
    for name, path in PATHS:
        x, y = moving(ax)[name].get_data()
        assert tuple(x) == ax.get_xlim()
        assert np.array_equal(y, path.theta[7, 0] + path.theta[7, 1] * x)


def test_the_rates_panel_shows_both_rates_and_the_largest_eigenvalue_for_each_path():
    ax, _ = drawn("rates")
    for name, path in PATHS:
        for i, of in enumerate(("intercept", "slope")):
            assert np.array_equal(moving(ax)[f"{of}, {name}"].get_ydata(), path.effective_lr[:, i])
        largest = [
            np.linalg.eigvals(np.diag(rates) @ PROBLEM.hessian).max() for rates in path.effective_lr
        ]
        assert np.allclose(moving(ax)[f"λmax(PH), {name}"].get_ydata(), largest, rtol=1e-12)


def test_the_lines_of_instability_stand_at_two_and_at_two_over_the_largest_curvature():
    ax, _ = drawn("rates", paths=())
    assert np.allclose([line.get_ydata()[0] for line in ax.lines], [2, 0.4841], atol=5e-5)
    assert [text.get_text() for text in ax.texts] == ["2", "0.484"]


def test_a_rule_without_effective_rates_draws_none():
    def bare(theta, gradient, state, lr=0.1):
        return theta - lr * gradient, state

    ax, artists = drawn("rates", paths=[("bare", run(PROBLEM, bare, n_steps=5))])
    assert moving(ax) == {} and artists == []


@pytest.mark.parametrize("panel", DRAW)
def test_two_rules_are_told_apart_by_a_legend_in_every_panel(panel):
    ax, _ = drawn(panel)
    told = [text.get_text() for text in ax.get_legend().get_texts()]
    labels = [
        line.label
        for k, (name, _) in enumerate(PATHS)
        for line in lines_of(panel, PROBLEM, k, name)
    ]
    assert told[-len(labels) :] == labels


def test_the_largest_eigenvalue_is_that_of_numpy_for_random_rates_and_hessians():
    random = np.random.default_rng(3)
    for _ in range(200):
        root = random.normal(size=(2, 2))
        bowl = quadratic_bowl()
        object.__setattr__(bowl, "hessian", root @ root.T)
        rates = 10 ** random.uniform(-4, 4, size=(5, 2))
        expected = [np.linalg.eigvals(np.diag(each) @ bowl.hessian).real.max() for each in rates]
        assert np.allclose(stability(bowl, rates), expected, rtol=1e-10)


def test_in_the_cycle_the_largest_eigenvalue_is_two_exactly():
    path = run(PROBLEM, n_steps=1000)
    assert np.allclose(stability(PROBLEM, path.effective_lr[-50:]), 2, atol=1e-9)
    assert np.allclose(path.effective_lr[-1], [0.514, 0.460], atol=5e-4)


def test_the_run_turns_unstable_at_step_105_between_its_two_rates():
    path = run(PROBLEM, n_steps=200)
    limit = 2 / np.linalg.eigvalsh(PROBLEM.hessian)[-1]
    above = [path.effective_lr[:, 0] > limit, stability(PROBLEM, path.effective_lr) > 2]
    above.append(path.effective_lr[:, 1] > limit)
    # row t holds the rates of the step taken from iteration t, which is step t + 1
    assert [int(each.argmax()) + 1 for each in above] == [104, 105, 106]


def test_the_eigenvalue_of_huge_rates_is_infinite_without_a_warning():
    assert stability(PROBLEM, np.array([1e300, 1e300])) == np.inf


@pytest.mark.parametrize("panel", ["plane", "loss", "rates"])
def test_the_marker_stands_at_the_iteration(panel):
    _, artists = drawn(panel, iteration=40)
    lines = [each for each in artists if hasattr(each, "get_xydata")]
    for line, marker in zip(lines[::2], lines[1::2], strict=True):
        assert marker.get_marker() == "o"
        assert np.array_equal(marker.get_xydata()[0], line.get_xydata()[40])


@pytest.mark.parametrize("panel", DRAW)
def test_drawing_returns_every_artist_that_moves_and_no_other(panel):
    ax, artists = drawn(panel)
    still, none = drawn(panel, paths=())
    assert none == []
    assert {each for each in ax.lines if each in artists} == set(ax.lines[len(still.lines) :])


@pytest.mark.parametrize("panel", DRAW)
def test_the_axes_are_the_same_for_every_setting(panel):
    def axes(lr):
        paths = [("one", run(PROBLEM, rmsprop, n_steps=200, lr=lr))]
        ax, _ = drawn(panel, paths=paths)
        return *ax.get_xlim(), *ax.get_ylim(), ax.get_xscale(), ax.get_yscale()

    still, _ = drawn(panel, paths=())
    expected = *still.get_xlim(), *still.get_ylim(), still.get_xscale(), still.get_yscale()
    assert {axes(lr) for lr in (1e-3, 0.1, 1.0, 1e150)} == {expected}


@pytest.mark.parametrize(
    "problem",
    [
        PROBLEM,
        BOWL,
        quadratic_bowl(angle=30.0),
        linear_regression(7),
        least_squares([0, 1], [0, 0]),
    ],
)
def test_start_and_optimum_stand_inside_the_plane(problem):
    ax, _ = drawn("plane", problem, ())
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for point in (problem.start, problem.optimum):
        assert left < point[0] < right and bottom < point[1] < top
    marks = {line.get_marker(): line.get_xydata()[0] for line in ax.lines}
    assert np.array_equal(marks["s"], problem.start)
    assert np.array_equal(marks["*"], problem.optimum)
    assert {text.get_text() for text in ax.texts} == {"start", "optimum"}


@pytest.mark.parametrize(
    "problem",
    [PROBLEM, linear_regression(7), least_squares([-3, -2, -1], [1e3, 0, 1])],
)
def test_the_data_and_the_first_line_stand_inside_the_fit(problem):
    ax, _ = drawn("fit", problem, ())
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert left < problem.X.min() and problem.X.max() < right
    assert bottom < problem.y.min() and problem.y.max() < top
    first = problem.start[0] + problem.start[1] * problem.X
    assert bottom < first.min() and first.max() < top


@pytest.mark.parametrize("problem", [PROBLEM, BOWL, linear_regression(7)])
def test_the_loss_of_the_start_and_its_minimum_stand_inside_a_log_axis(problem):
    ax, _ = drawn("loss", problem, (), n_steps=77)
    low, high = ax.get_ylim()
    assert ax.get_yscale() == "log"
    assert 0 < low < 1e-11 and problem.minimum < problem.loss(problem.start) < high
    assert ax.get_xlim() == (0, 77)


def test_the_contours_are_those_of_the_loss():
    ax, _ = drawn("plane", paths=())
    lines = ax.collections[-1]
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        points = path.vertices[::7]
        assert np.allclose(PROBLEM.excess(points), level, rtol=0.02, atol=0.02 * lines.levels[1])


def test_all_four_panels_of_extreme_runs_are_drawn_without_a_warning():
    for problem in (PROBLEM, quadratic_bowl(steepest=1e-6, start=(0, 0))):
        for setting in ({"lr": 1e300}, {"epsilon": 0.0, "beta": 0.0}):
            figure = Figure(figsize=(4, 3), layout="constrained")
            axes = figure.subplots(2, 2).ravel()
            paths = [
                ("RMSProp", run(problem, rmsprop, n_steps=60, **setting)),
                ("descent", run(problem, gradient_descent, n_steps=60, lr=setting.get("lr", 1.0))),
            ]
            for ax, panel in zip(axes, DRAW, strict=True):
                if panel != "fit" or hasattr(problem, "X"):
                    DRAW[panel](ax, problem, paths)
            FigureCanvasAgg(figure).draw()


def test_a_mark_outside_of_its_window_is_not_drawn():
    ax, _ = drawn("rates", quadratic_bowl(steepest=1e-6), ())
    assert [text.get_text() for text in ax.texts] == ["2"]
    ax, _ = drawn("loss", BOWL, ())
    assert ax.lines[:] == [] and ax.texts[:] == []


# ---- what is seen -----------------------------------------------------------------------------

NAMES = ("a", "b", "c", "d")
SIGHT = {  # Machado, Oliveira and Fernandes (2009), severity 1
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour):
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast_to_white(colour):
    return 1.05 / (linear(colour) @ [0.2126, 0.7152, 0.0722] + 0.05)


def lab(rgb):
    """Return CIE L*a*b* of linear sRGB."""
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = (np.array(matrix) @ np.clip(rgb, 0, 1)) / [0.9505, 1, 1.089]
    fx, fy, fz = (np.cbrt(t) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


@pytest.mark.parametrize("panel", DRAW)
def test_every_moving_line_stands_out_from_white(panel):
    for path, name in enumerate(NAMES):
        for line in lines_of(panel, PROBLEM, path, name):
            assert contrast_to_white(line.colour) >= 3
            assert contrast_to_white(figures.INK) >= 4.5


@pytest.mark.parametrize("sight", SIGHT)
def test_the_colours_of_the_rules_are_told_apart_by_every_kind_of_sight(sight):
    seen = [lab(np.array(SIGHT[sight]) @ linear(colour)) for colour in figures.COLOURS]
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(one - other) > 20


@pytest.mark.parametrize("panel", DRAW)
def test_no_two_lines_of_a_panel_look_the_same_without_colour(panel):
    looks = [
        (line.dashes, line.width)
        for path, name in enumerate(NAMES)
        for line in lines_of(panel, PROBLEM, path, name)
    ]
    assert len(set(looks)) == len(looks)
    labels = [
        line.label
        for path, name in enumerate(NAMES)
        for line in lines_of(panel, PROBLEM, path, name)
    ]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("panel", DRAW)
def test_the_drawn_lines_have_the_looks_that_the_player_uses(panel):
    ax, _ = drawn(panel)
    for path, (name, _) in enumerate(PATHS):
        for line in lines_of(panel, PROBLEM, path, name):
            artist = moving(ax)[line.label]
            assert artist.get_color() == line.colour
            assert artist.get_linewidth() == line.width
            assert artist.is_dashed() == bool(line.dashes)


@pytest.mark.parametrize("panel", DRAW)
def test_every_axis_and_panel_has_a_name(panel):
    ax, _ = drawn(panel, paths=())
    assert ax.get_title(loc="left") and ax.get_xlabel()
    assert ax.get_ylabel() or "loss" in panel or "rates" in panel


def test_drawing_changes_no_setting_of_matplotlib_and_opens_no_figure():
    before = dict(mpl.rcParams)
    for panel in DRAW:
        ax, _ = drawn(panel)
        FigureCanvasAgg(ax.figure).draw()
    assert dict(mpl.rcParams) == before


def test_the_explorer_needs_no_pyplot():
    code = "import sys, rmsprop_lesson.explorer; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_powers_of_ten_are_written_in_plain_letters():
    powers = [figures.power_of_ten(10.0**k) for k in (-12, -1, 0, 2)]
    assert powers == ["10⁻¹²", "10⁻¹", "10⁰", "10²"]
