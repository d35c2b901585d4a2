"""In no frame does the picture show other hyperparameters than the controls say."""

from random import Random

import numpy as np
from drawn import HALF_A_PIXEL
from lab import errors_of_kernel, run_all, run_code
from recorder import RECORD, RECORDED, Expected, shown
from test_lab import END, box, button, handle, settle, values_in_kernel, without_unsent

from rmsprop_lesson import scenes
from rmsprop_lesson.dials import POSITIONS
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.words import text_of

PROBLEM = linear_regression()
CELLS = (
    "explorer = Explorer(problem, compare=gradient_descent)\nexplorer",
    "other = Explorer(problem, lr=0.01)\nother",
    "explorer",
)
RULES = [[rmsprop, gradient_descent], [rmsprop], [rmsprop, gradient_descent]]
TEXTS = {
    "lr": ["0.37", "0.1", ".12", "1e-3", "0", "abc", "-1", "2.5", "0.1000", "0.41", "0.47", ""],
    "beta": ["0.875", "0.9", "1", "0.92", "0", "-0", "nine", ".8750", "0.95"],
    "epsilon": ["2e-5", "1e-8", "0.00000001", "0", "-1e-9", "0.1", "3", "1e-4"],
}
IN_PYTHON = [
    "explorer.set(lr=0.3)",
    "explorer.set(lr=0.1, beta=0.93)",
    "explorer.lr.value = 0.47",
    "explorer.boxes['beta'].value = '0.77'",
    "explorer.reset()",
    "other.set(lr=0.05, epsilon=0.001)",
    "for lr in (0.2, 0.22, 0.24, 0.27, 0.3): explorer.set(lr=lr)",
    "import ctypes; ctypes.PyDLL(None).usleep(400_000)",
]
BY_HAND = ["keys"] * 4 + ["type"] * 4 + ["drag"] * 2 + ["player"] * 2
SHOWN = {"plane": "theta_1", "loss": "loss"}
LEFT, BOTTOM, WIDE, TALL = scenes.BOX
LOW = 72 * np.array([LEFT * scenes.WIDTH, (1 - BOTTOM - TALL) * scenes.HEIGHT])
HIGH = LOW + 72 * np.array([WIDE * scenes.WIDTH, TALL * scenes.HEIGHT])


def tell_python(page, code):
    """Have the kernel run code, without waiting for it."""
    page.evaluate(
        """(code) => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
            .requestExecute({ code, store_history: false }); }""",
        code,
    )


def anything(page, random, kinds=BY_HAND + ["python"] * 2):
    """Do one thing that a reader may do, at random."""
    view, name = random.randrange(3), random.choice(list(TEXTS))
    kind = random.choice(kinds)
    if kind == "keys":
        handle(page, name, view).focus()
        key = random.choice(["ArrowRight", "ArrowLeft", "ArrowRight", "PageUp", "Home", "End"])
        for _ in range(random.randint(1, 4)):
            page.keyboard.press(key)
    elif kind == "type":
        box(page, name, view).fill(random.choice(TEXTS[name]))
        if random.random() < 0.8:
            page.keyboard.press("Enter")
    elif kind == "drag":
        grip = handle(page, name, view).bounding_box()
        x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        for _ in range(random.randint(1, 5)):
            page.mouse.move(x + random.randint(-60, 60), y)
        page.mouse.up()
    elif kind == "player":
        button(page, random.choice(["First", "Back", "Forward", "Last", "Reset"]), view).click()
        if random.random() < 0.5:
            page.locator(".rmsprop-play").nth(view).click()
    else:
        tell_python(page, random.choice(IN_PYTHON))


def wrong(frame, values, expected, rules):
    """Say what is wrong with a frame, or return None."""
    drawn = {
        line: np.array([point.split(",") for point in points.split()], float)
        for line, points in frame["lines"].items()
    }
    for k, rule in enumerate(rules):
        own = {line: points for line, points in drawn.items() if line.split("-")[1] == str(k)}
        if frame["waiting"] and not any(map(len, own.values())):
            continue
        for panel, points in expected.points(k, values, frame["iteration"]).items():
            on_screen = own[f"{panel}-{k}-{SHOWN[panel]}"]
            if on_screen.shape != points.shape:
                return f"{len(on_screen)} points of {rule.__name__}, not {len(points)}"
            inside = (points >= LOW).all(axis=1) & (points <= HIGH).all(axis=1)
            if (np.abs(on_screen - points)[inside] > HALF_A_PIXEL).any():
                return f"{rule.__name__} in {panel} is another run"
    for name, index in zip(values, frame["sliders"], strict=True):
        if index != min(
            range(len(POSITIONS[name])), key=lambda i: abs(POSITIONS[name][i] - values[name])
        ):
            return f"the slider {name} is at {POSITIONS[name][int(index)]}"
    for name, text in zip(values, frame["refusals"], strict=True):
        if text and not text.endswith(f"The picture still shows {name} = {text_of(values[name])}."):
            return f"a refusal says {text!r}"
    return None


ALL_LOADED = """() => { const lines = [...document.querySelectorAll(".rmsprop-status")];
    return lines.length === 3 && lines.every((line) => line.textContent.startsWith("Iter")); }"""


def do_anything(page, random, times, **more):
    """Do so many things at random; return each frame that was seen, with what its controls say."""
    page.wait_for_function(ALL_LOADED, timeout=60000)
    page.evaluate(RECORD)
    for _ in range(times):
        anything(page, random, **more)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(1000)
    settle(page)
    return list(shown(page.evaluate(RECORDED)))


def wait_until_tied(page):
    """Wait until the browser ties the controls. Until then Python does it, later."""
    while run_code(page, "print(explorer.player.coupled and other.player.coupled)") != "True":
        page.wait_for_timeout(100)


def assert_never_stale(seen, expected):
    for number, (frame, values) in enumerate(seen):
        view = frame["view"]
        mistake = wrong(frame, values, expected[view], RULES[view])
        assert mistake is None, (number, view, values, frame["boxes"], frame["words"], mistake)


def last_values(seen):
    return {frame["view"]: values for frame, values in seen}


def assert_python_knows(page, seen):
    last = last_values(seen)
    assert last[0] == last[2] == values_in_kernel(page)
    assert last[1] == values_in_kernel(page, "other")


def test_no_frame_shows_another_run_than_the_controls_say(own_notebook):
    page = own_notebook(*CELLS)
    page.set_viewport_size({"width": 1280, "height": 4200})
    wait_until_tied(page)
    random, expected = Random(4), [Expected(PROBLEM, rules) for rules in RULES]
    seen = do_anything(page, random, 45)
    assert len(seen) > 150
    assert_never_stale(seen, expected)
    assert_python_knows(page, seen)
    page.evaluate(END["restarted"])
    page.get_by_text("Python is not running any more").first.wait_for()
    for view in range(3):
        button(page, "Reset", view).click()
    seen = do_anything(page, random, 25, kinds=BY_HAND)
    assert len(seen) > 30
    assert_never_stale(seen, expected)
    page.problems = without_unsent(page.problems)
    run_all(page)
    wait_until_tied(page)
    seen = do_anything(page, random, 20)
    assert len(seen) > 30
    assert_never_stale(seen, expected)
    assert_python_knows(page, seen)
    assert errors_of_kernel(page) == []
