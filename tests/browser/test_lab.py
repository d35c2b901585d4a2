"""The explorer in a real JupyterLab and a real browser, by mouse and by keyboard."""

import ast
from base64 import b64encode
from random import Random

import pytest
from drawn import assert_same, corners, drawn
from lab import computed, errors_of_kernel, run_code
from playwright.sync_api import expect

from rmsprop_lesson.controls import Player
from rmsprop_lesson.dials import POSITIONS
from rmsprop_lesson.explorer import Explorer
from rmsprop_lesson.optimizers import gradient_descent, rmsprop
from rmsprop_lesson.problems import linear_regression

PROBLEM = linear_regression()
FIRST = {"lr": 0.1, "beta": 0.9, "epsilon": 1e-8}


def handle(page, name, view=0):
    return page.locator(f".rmsprop-slider-{name} .noUi-handle").nth(view)


def box(page, name, view=0):
    return page.get_by_label(f"{name} =", exact=True).nth(view)


def player(page, view=0):
    return page.locator(".rmsprop-player").nth(view)


def status(page, view=0):
    return page.locator(".rmsprop-status").nth(view)


def button(page, name, view=0):
    return page.get_by_role("button", name=name, exact=True).nth(view)


def values_in_kernel(page, name="explorer"):
    page.wait_for_timeout(150)  # Python hears of a setting once the hand rests
    return ast.literal_eval(run_code(page, f"print({name}.values)"))


def without_unsent(problems):
    """Leave out what ipywidgets itself says of each message that a dead kernel cannot get."""
    return [each for each in problems if "annot send" not in each and "not send" not in each]


def settle(page):
    """Wait until the changes made so far have been painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")


def type_in(page, name, text, view=0):
    box(page, name, view).fill(text)
    box(page, name, view).press("Enter")


def step_to(name, start, steps):
    return POSITIONS[name][POSITIONS[name].index(start) + steps]


def test_the_first_picture_is_the_run_of_the_article(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer")
    assert_same(player(page), PROBLEM, [rmsprop], FIRST, 200)


MOVES = [
    {"lr": 3},
    {"lr": -5, "beta": 4},
    {"epsilon": 9},
    {"beta": -8, "epsilon": -2, "lr": 12},
    {"lr": -24, "beta": 10, "epsilon": 11},
]


def test_arrow_keys_on_the_sliders_move_every_panel_to_the_exact_run(notebook):
    page = notebook("explorer = Explorer(problem, compare=gradient_descent)\nexplorer")
    for moves in MOVES:
        values = dict(FIRST)
        for name, steps in moves.items():
            handle(page, name).focus()
            for _ in range(abs(steps)):
                page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")
            values[name] = step_to(name, FIRST[name], steps)
        settle(page)
        assert_same(player(page), PROBLEM, [rmsprop, gradient_descent], values, 200)
        for name, value in values.items():
            assert float(box(page, name).input_value()) == value
            assert float(handle(page, name).get_attribute("aria-valuetext")) == value
        assert values_in_kernel(page) == values
        button(page, "Reset").click()


def test_at_any_setting_every_panel_draws_what_numpy_computes(notebook):
    page = notebook("explorer = Explorer(problem, compare=gradient_descent)\nexplorer")
    names, ends = list(FIRST), {"Home": 0, "End": -1}

    def assert_drawn(values, iteration):
        page.get_by_label("iteration", exact=True).fill(str(iteration))
        settle(page)
        assert [float(box(page, name).input_value()) for name in names] == list(values.values())
        assert_same(player(page), PROBLEM, [rmsprop, gradient_descent], values, iteration)

    values = {name: positions[0] for name, positions in POSITIONS.items() if name in FIRST}
    for name in names:
        handle(page, name).press("Home")
    for number, key in corners(len(names)):
        handle(page, names[number]).press(key)
        values[names[number]] = POSITIONS[names[number]][ends[key]]
        assert_drawn(values, 200)
    random = Random(7)
    for _ in range(12):
        values = {name: random.choice(POSITIONS[name]) for name in names}
        for name, value in values.items():
            type_in(page, name, str(value))
        assert_drawn(values, random.randrange(201))


def test_an_error_in_a_callback_reaches_the_page_where_it_is_found(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer.lr.observe(lambda _: 1 / 0)\nexplorer")
    assert errors_of_kernel(page) == []
    handle(page, "lr").press("ArrowRight")
    for _ in range(100):
        if errors_of_kernel(page):
            break
        page.wait_for_timeout(100)
    (error,) = errors_of_kernel(page)
    assert b"ZeroDivisionError" in error


def test_dragging_a_slider_moves_the_picture_and_the_kernel_follows(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer")
    grip = handle(page, "lr").bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for far in range(10, 81, 5):
        page.mouse.move(x + far, y)
    page.mouse.up()
    settle(page)
    values = FIRST | {"lr": float(box(page, "lr").input_value())}
    assert values["lr"] in POSITIONS["lr"] and values["lr"] > 0.1
    assert_same(player(page), PROBLEM, [rmsprop], values, 200)
    assert values_in_kernel(page) == values
    assert float(run_code(page, "print(explorer.lr.value)")) == values["lr"]


def test_python_hears_nothing_while_a_slider_is_dragged_or_a_picture_plays(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer")
    page.get_by_label("speed").select_option("60 steps/s")
    grip = handle(page, "lr").bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(200)
    page.sent.clear()
    for far in range(10, 81, 10):
        page.mouse.move(x + far, y)
        page.wait_for_timeout(120)
    values = FIRST | {"lr": float(box(page, "lr").input_value())}
    assert values["lr"] > 0.1
    assert page.sent == []
    page.mouse.up()
    assert values_in_kernel(page) == values
    button(page, "Play").click()
    page.wait_for_function("parseInt(document.querySelector('.rmsprop-count').textContent) >= 1")
    page.sent.clear()
    page.wait_for_function("parseInt(document.querySelector('.rmsprop-count').textContent) >= 30")
    assert page.sent == []
    button(page, "Pause").click()
    button(page, "Play").wait_for()
    settle(page)  # a picture comes a frame after its iteration
    at = page.locator(".rmsprop-count").inner_text().split(" ")[0]
    assert run_code(page, "print(explorer.player.iteration)") == at


def test_a_typed_value_between_two_positions_is_computed_exactly(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer")
    values = dict(FIRST)
    for name, text in [("lr", "0.37"), ("beta", ".875"), ("epsilon", "2e-5")]:
        type_in(page, name, text)
        computed(page)
        values[name] = float(text)
        assert_same(player(page), PROBLEM, [rmsprop], values, 200)
        assert values_in_kernel(page) == values
        assert "between two positions" in handle(page, name).get_attribute("aria-valuetext")


def test_a_value_that_is_not_allowed_is_refused_in_words_and_nothing_is_lost(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer")
    before = {line: points.tolist() for line, points in drawn(player(page)).items()}
    for text in ["abc", "0,9", "-1", "", "1e999", "0x10", "<script>1</script>"]:
        type_in(page, "lr", text)
        refusal = f'lr must be a finite number above 0, not "{text}". '
        page.get_by_text(refusal + "The picture still shows lr = 0.1.", exact=True).wait_for()
        assert box(page, "lr").input_value() == text
        after = {line: points.tolist() for line, points in drawn(player(page)).items()}
        assert after == before
        assert values_in_kernel(page) == FIRST
    handle(page, "lr").press("ArrowRight")
    assert box(page, "lr").input_value() == "0.12"
    assert page.get_by_text("lr must be").count() == 0


def test_the_player_goes_to_every_iteration(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer")
    for name, iteration in [
        ("First", 0),
        ("Forward", 1),
        ("Forward", 2),
        ("Back", 1),
        ("Last", 200),
    ]:
        button(page, name).click()
        settle(page)
        assert status(page).inner_text().startswith(f"Iteration {iteration}.")
        assert_same(player(page), PROBLEM, [rmsprop], FIRST, iteration)
    scrubber = page.get_by_label("iteration", exact=True)
    scrubber.focus()
    for key, iteration in [("Home", 0), ("ArrowRight", 1), ("End", 200), ("ArrowLeft", 199)]:
        page.keyboard.press(key)
        settle(page)
        assert status(page).inner_text().startswith(f"Iteration {iteration}.")
    scrubber.fill("127")
    settle(page)
    assert_same(player(page), PROBLEM, [rmsprop], FIRST, 127)
    assert run_code(page, "print(explorer.player.iteration)") == "127"
    echoes = [each for each in page.received if "echo_update" in str(each)]
    assert not any("iteration" in str(each) for each in echoes)  # a late one would move it back


def test_playing_runs_from_the_start_to_the_end_and_can_be_paused(notebook):
    page = notebook("explorer = Explorer(problem, n_steps=40)\nexplorer")
    page.get_by_label("speed").select_option("60 steps/s")
    button(page, "Play").click()
    page.wait_for_function("document.querySelector('.rmsprop-count').textContent.startsWith('1')")
    button(page, "Pause").click()
    button(page, "Play").wait_for()
    settle(page)
    paused = page.locator(".rmsprop-count").inner_text()
    page.wait_for_timeout(200)
    assert page.locator(".rmsprop-count").inner_text() == paused != "40 / 40"
    button(page, "Play").click()
    page.wait_for_function("document.querySelector('.rmsprop-count').textContent === '40 / 40'")
    button(page, "Play").wait_for()


def test_pause_and_play_within_one_frame_play_once(notebook):
    page = notebook("explorer = Explorer(problem, n_steps=40)\nexplorer")
    page.get_by_label("speed").select_option("60 steps/s")
    seen = page.evaluate(
        """async () => {
            const count = document.querySelector(".rmsprop-count"), seen = [];
            const play = [...document.querySelectorAll(".rmsprop-controls button")]
                .find((each) => each.textContent === "Play");
            for (let clicks = 0; clicks < 5; clicks++) play.click();
            while (count.textContent !== "40 / 40" || !seen.length) {
                await new Promise(requestAnimationFrame);
                seen.push(parseInt(count.textContent));
            }
            return seen;
        }"""
    )
    assert seen == sorted(seen) and len(set(seen)) > 10
    button(page, "Play").wait_for()


def test_an_explorer_whose_kernel_is_gone_stops_no_other_from_loading(browser):
    page = browser.new_page()
    asked = page.evaluate(
        """async (source) => {
            const blob = new Blob([source, "export { ask };"], { type: "text/javascript" });
            const { ask } = await import(URL.createObjectURL(blob));
            const listening = { dead: new Set(), live: new Set() };
            const model = (name, send) => ({
                on: (_, hear) => listening[name].add(hear),
                off: (_, hear) => listening[name].delete(hear),
                send,
            });
            const dead = model("dead", () => { throw new Error("Kernel is dead"); });
            const live = model("live", ({ ask: [path, piece] }) => setTimeout(() => {
                for (const hear of listening.live) hear({ path, piece }, ["it"]);
            }));
            const first = ask(dead, 0, 0).catch((error) => error.message);
            const told = [await first, await ask(live, 0, 1)];
            return [...told, listening.dead.size, listening.live.size];
        }""",
        Player._esm,
    )
    page.close()
    assert asked == ["Kernel is dead", "it", 0, 0]


LOADED_BY_HAND = """async ({ source, values, pieces, dead }) => {
    const blob = new Blob([source], { type: "text/javascript" });
    const widget = (await import(URL.createObjectURL(blob))).default();
    const asked = [], listening = [];
    const model = {
        get: (name) => values[name], set() {}, save_changes() {},
        on: (name, hear) => listening.push([name, hear]),
        off: (name, hear) => listening.splice(listening.findIndex((each) => each[1] === hear), 1),
        send({ ask }) {
            if (dead) throw new Error("Kernel is dead");
            asked.push(ask);
        },
    };
    const until = async (what) => {
        for (let tries = 0; !what(); tries++) {
            if (tries > 500) throw new Error(`waited in vain: ${what}`);
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    };
    const answer = ([path, piece]) => {
        const buffer = Uint8Array.from(atob(pieces[path][piece]), (each) => each.charCodeAt(0));
        for (const [name, hear] of [...listening])
            if (name === "msg:custom") hear({ path, piece }, [buffer]);
    };
    const show = () => {  // what a view listens to ends with the view
        const el = document.body.appendChild(document.createElement("div"));
        const view = { ...model, on() {}, off() {} };
        const close = widget.render({ model: view, el });
        const says = () => el.querySelector(".rmsprop-status").textContent;
        return { close, says, isLoaded: () => !["", "Loading the trajectories."].includes(says()) };
    };
    widget.initialize({ model });
    const first = show();
    if (dead) {
        await until(first.isLoaded);
        return first.says();
    }
    await until(() => asked.length === 1);
    globalThis.kept = [...globalThis.rmspropAtlases.values()].map((each) => each.deref());
    first.close();
    answer(asked[0]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const whileClosed = asked.length, second = show();
    for (let next = 1; next < pieces[0].length; next++) {
        await until(() => asked.length > next);
        answer(asked[next]);
    }
    await until(second.isLoaded);
    return [whileClosed, asked.map(([, piece]) => piece).sort((a, b) => a - b), second.says()];
}"""


def loaded_by_hand(browser, dead):
    explorer = Explorer(PROBLEM, n_steps=10)
    names = ("scene", "setting", "exact", "iteration", "note")
    values = {name: getattr(explorer.player, name) for name in names} | {"opening": []}
    pieces = [[b64encode(piece).decode() for piece in path] for path in explorer.player.pieces]
    assert len(pieces[0]) > 2
    page = browser.new_page()
    given = {"source": Player._esm, "values": values, "pieces": pieces, "dead": dead}
    told = page.evaluate(LOADED_BY_HAND, given)
    page.close()
    return told, len(pieces[0])


def test_what_a_closed_view_has_asked_for_is_there_for_the_next(browser):
    (while_closed, asked, said), pieces = loaded_by_hand(browser, dead=False)
    assert while_closed == 1  # nobody looked
    assert asked == list(range(pieces))
    assert said.startswith("Iteration 10. RMSProp: intercept")


def test_where_python_has_gone_before_all_was_loaded_it_is_said(browser):
    said, _ = loaded_by_hand(browser, dead=True)
    assert said.startswith("Python is not running any more, and this trajectory was not loaded")


def test_keys_pressed_in_the_explorer_never_reach_the_notebook(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer", "1 + 1")
    controls = page.locator(
        ".rmsprop-explorer button, .rmsprop-explorer input, .rmsprop-explorer select,"
        " .rmsprop-explorer .noUi-handle"
    )
    assert controls.count() == 16
    for i in range(controls.count()):
        controls.nth(i).focus()
        for key in ["d", "d", "a", "b", "x", "z", "m", "0", "0"]:
            page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == 3


def test_the_first_settings_come_back_with_one_button(notebook):
    page = notebook("explorer = Explorer(problem, lr=0.33)\nexplorer")
    type_in(page, "lr", "0.5")
    type_in(page, "beta", "nonsense")
    handle(page, "epsilon").press("End")
    button(page, "First").click()
    button(page, "Reset").click()
    settle(page)
    first = FIRST | {"lr": 0.33}
    assert_same(player(page), PROBLEM, [rmsprop], first, 200)
    assert [box(page, name).input_value() for name in FIRST] == ["0.33", "0.9", "1e-08"]
    assert values_in_kernel(page) == first


def test_the_code_of_the_settings_can_be_pasted_into_a_cell_and_gives_the_same_run(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer")
    type_in(page, "lr", "0.37")
    type_in(page, "epsilon", "1e-5")
    button(page, "Copy as code").click()
    code = page.locator(".rmsprop-code").inner_text()
    assert code.splitlines() == [
        "from rmsprop_lesson.optimizers import rmsprop",
        "from rmsprop_lesson.trajectory import run",
        "path = run(problem, rmsprop, n_steps=200, lr=0.37, beta=0.9, epsilon=1e-05)",
    ]
    same = "print((path.theta == explorer.trajectory.theta).all())"
    assert run_code(page, f"{code}\n{same}") == "True"


def test_a_click_beside_the_handle_moves_it_and_gives_it_the_keys(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer", "1 + 1")
    track = page.locator(".rmsprop-slider-beta .noUi-target")
    size = track.bounding_box()
    track.click(position={"x": 4, "y": size["height"] / 2})
    expect(box(page, "beta")).to_have_value("0")
    expect(handle(page, "beta")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(box(page, "beta")).to_have_value("0.4")
    settle(page)
    assert_same(player(page), PROBLEM, [rmsprop], FIRST | {"beta": 0.4}, 200)


def test_a_slider_says_its_value_also_where_a_key_moves_it_nowhere(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer")
    for name in FIRST:
        for _ in range(2):
            handle(page, name).press("End")
            settle(page)
            said = handle(page, name).get_attribute("aria-valuetext")
            assert float(said) == POSITIONS[name][-1]


def test_python_moves_the_controls_and_the_picture(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer")
    run_code(page, "explorer.lr.value = 0.33; explorer.set(beta=0.93, epsilon=0.1)")
    expect(box(page, "beta")).to_have_value("0.93")
    computed(page)
    values = {"lr": 0.33, "beta": 0.93, "epsilon": 0.1}
    assert_same(player(page), PROBLEM, [rmsprop], values, 200)
    assert [box(page, name).input_value() for name in FIRST] == ["0.33", "0.93", "0.1"]
    assert values_in_kernel(page) == values


def test_a_closed_explorer_is_gone_from_the_page_and_the_next_one_works(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer", "other = Explorer(problem)\nother")
    expect(page.locator(".rmsprop-player")).to_have_count(2)
    handle(page, "lr", 0).press("ArrowRight")
    run_code(page, "explorer.close()")
    expect(page.locator(".rmsprop-player")).to_have_count(1)
    assert page.locator(".rmsprop-row").count() == len(FIRST)
    handle(page, "lr").press("ArrowRight")
    computed(page)
    assert_same(player(page), PROBLEM, [rmsprop], FIRST | {"lr": 0.12}, 200)
    assert values_in_kernel(page, "other") == FIRST | {"lr": 0.12}


def busy(page):
    """Block the kernel with all of its threads for a few seconds, without waiting for it."""
    page.evaluate(
        """() => { const kernel = window.jupyterapp.shell.currentWidget.sessionContext
                .session.kernel;
            const code = "import ctypes; ctypes.PyDLL(None).sleep(4)";
            kernel.requestExecute({ code, store_history: false }); }"""
    )
    page.wait_for_timeout(200)


def test_sliders_answer_while_the_kernel_is_busy_and_a_typed_value_waits_openly(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer")
    busy(page)
    handle(page, "lr").press("ArrowRight")
    settle(page)
    assert_same(player(page), PROBLEM, [rmsprop], FIRST | {"lr": 0.12}, 200)
    type_in(page, "lr", "0.37")
    page.get_by_text("Busy: waiting for Python to compute lr = 0.37, beta = 0.9").wait_for()
    assert all(len(points) == 0 for points in drawn(player(page)).values())
    assert player(page).evaluate("(root) => root.classList.contains('rmsprop-waiting')")
    page.wait_for_function("!document.querySelector('.rmsprop-waiting')", timeout=10000)
    settle(page)
    assert_same(player(page), PROBLEM, [rmsprop], FIRST | {"lr": 0.37}, 200)


def test_a_late_answer_never_moves_what_was_changed_since(notebook):
    page = notebook("explorer = Explorer(problem)\nexplorer")
    busy(page)
    type_in(page, "lr", "0.37")
    type_in(page, "lr", "0.41")
    handle(page, "lr").press("ArrowRight")
    handle(page, "beta").press("ArrowRight")
    settle(page)
    values = FIRST | {"lr": 0.47, "beta": 0.92}
    for _ in range(12):
        assert_same(player(page), PROBLEM, [rmsprop], values, 200)
        assert box(page, "lr").input_value() == "0.47"
        page.wait_for_timeout(500)
    assert values_in_kernel(page) == values


def test_two_explorers_and_two_views_of_one_agree_with_their_own_controls(notebook):
    page = notebook(
        "first = Explorer(problem)\nfirst", "second = Explorer(problem, lr=0.01)\nsecond", "first"
    )
    page.wait_for_function("document.querySelectorAll('.rmsprop-player').length === 3")
    handle(page, "lr", 0).press("ArrowRight")
    handle(page, "beta", 2).press("ArrowLeft")
    settle(page)
    values = FIRST | {"lr": 0.12, "beta": 0.85}
    for view in (0, 2):
        assert_same(player(page, view), PROBLEM, [rmsprop], values, 200)
        assert box(page, "lr", view).input_value() == "0.12"
    assert_same(player(page, 1), PROBLEM, [rmsprop], FIRST | {"lr": 0.01}, 200)
    assert values_in_kernel(page, "first") == values
    for text in ["0.37", "1e-3"]:
        type_in(page, "lr", text, 2)
        for view in (0, 2):
            expect(box(page, "lr", view)).to_have_value(str(float(text)))


END = {
    "killed": "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
    ".requestExecute({ code: 'import os; os.kill(os.getpid(), 9)' }).done.catch(() => 0); 0",
    "restarted": "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()",
    "shut down": "window.jupyterapp.shell.currentWidget.sessionContext.shutdown()",
}


@pytest.mark.parametrize("how", END)
def test_after_the_kernel_has_died_sliders_work_and_the_player_says_so(own_notebook, how):
    page = own_notebook("explorer = Explorer(problem)\nexplorer")
    page.evaluate(END[how])
    if how != "shut down":
        status(page).get_by_text("Python is not running any more").wait_for()
    if how == "killed":
        page.locator(".jp-Dialog button").first.click()
    handle(page, "lr").press("ArrowLeft")
    settle(page)
    assert_same(player(page), PROBLEM, [rmsprop], FIRST | {"lr": 0.082}, 200)
    type_in(page, "beta", "0.5")
    settle(page)
    assert_same(player(page), PROBLEM, [rmsprop], FIRST | {"lr": 0.082, "beta": 0.5}, 200)
    type_in(page, "lr", "0.37")
    status(page).get_by_text("lr = 0.37, beta = 0.5, epsilon = 1e-08 cannot be computed").wait_for()
    assert all(len(points) == 0 for points in drawn(player(page)).values())
    page.problems = without_unsent(page.problems)


def test_playing_goes_on_to_the_end_when_the_kernel_is_killed_in_the_middle(own_notebook):
    page = own_notebook("explorer = Explorer(problem, n_steps=300)\nexplorer")
    page.get_by_label("speed").select_option("60 steps/s")
    button(page, "Play").click()
    page.wait_for_function("document.querySelector('.rmsprop-count').textContent.startsWith('1')")
    page.evaluate(END["killed"])
    page.locator(".jp-Dialog button").first.click()
    page.wait_for_function("document.querySelector('.rmsprop-count').textContent === '300 / 300'")
    settle(page)
    assert_same(player(page), PROBLEM, [rmsprop], FIRST, 300, n_steps=300)
    page.problems = without_unsent(page.problems)


def test_four_explorers_come_back_after_saving_and_loading_the_page_again(notebook):
    cells = [f"e{i} = Explorer(problem, n_steps={200 + i})\ne{i}" for i in range(4)]
    page = notebook(*cells)
    page.wait_for_function("document.querySelectorAll('.rmsprop-player').length === 4")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_timeout(1000)
    page.reload()
    page.wait_for_function(
        "document.querySelectorAll('.rmsprop-player').length === 4", timeout=60000
    )
    page.wait_for_function(
        """[...document.querySelectorAll('.rmsprop-status')].every(
            (line) => line.textContent.startsWith("Iteration"))""",
        timeout=60000,
    )
    for i in range(4):
        handle(page, "lr", i).press("End")
        expect(box(page, "lr", i)).to_have_value("1")
        settle(page)
        expect(status(page, i)).to_contain_text("Iteration", timeout=20000)
        settle(page)
        assert_same(
            player(page, i), PROBLEM, [rmsprop], FIRST | {"lr": 1.0}, 200 + i, n_steps=200 + i
        )


STUDENT = """import math
def my_rmsprop(theta, gradient, state, *, lr=0.1, beta=0.9, epsilon=1e-8):
    if beta < 0.5:
        raise NameError("name 'v' is not defined")
    state = beta * state + (1 - beta) * gradient**2
    return theta - lr * gradient / {root}(state + epsilon), state
import numpy as np
explorer = Explorer(problem, my_rmsprop)
explorer"""


def test_a_rule_that_takes_one_setting_at_a_time_is_run_by_python_and_says_so(notebook):
    page = notebook(STUDENT.format(root="np.sqrt"))
    status(page).get_by_text("my rmsprop does not work on arrays").wait_for()
    for key in ["ArrowRight"] * 3:
        handle(page, "lr").press(key)
    computed(page)
    on_screen, values = drawn(player(page)), FIRST | {"lr": 0.18}
    assert not any(line.startswith("rates") for line in on_screen)
    page.get_by_text("This rule has no such numbers.").wait_for()
    assert values_in_kernel(page) == values
    assert_same(player(page), PROBLEM, [rmsprop], values, 200, panels=("plane", "loss", "fit"))


def test_a_rule_that_fails_is_explained_and_the_explorer_goes_on(notebook):
    page = notebook(STUDENT.format(root="np.sqrt"))
    type_in(page, "beta", "0.2")
    status(page).get_by_text("my_rmsprop stopped in its line 3").wait_for()
    assert "name 'v' is not defined" in status(page).inner_text()
    assert all(len(points) == 0 for points in drawn(player(page)).values())
    type_in(page, "beta", "0.8")
    status(page).get_by_text("intercept").wait_for()
    assert_same(
        player(page),
        PROBLEM,
        [rmsprop],
        FIRST | {"beta": 0.8},
        200,
        panels=("plane", "loss", "fit"),
    )


def test_where_the_browser_cannot_tie_the_controls_python_does(own_notebook):
    page = own_notebook(
        "from rmsprop_lesson.controls import Player\n"
        "Player._esm = Player._esm.replace('widget_manager.get_model', 'no_such_manager')\n"
        "explorer = Explorer(problem)\nexplorer"
    )
    page.wait_for_timeout(7000)
    assert run_code(page, "print(explorer.player.coupled)") == "False"
    handle(page, "lr").press("ArrowRight")
    expect(box(page, "lr")).to_have_value("0.12")
    settle(page)
    assert_same(player(page), PROBLEM, [rmsprop], FIRST | {"lr": 0.12}, 200)
    assert box(page, "lr").input_value() == "0.12"
    type_in(page, "beta", "0.875")
    expect(status(page)).to_contain_text("loss 1.0")
    values = FIRST | {"lr": 0.12, "beta": 0.875}
    assert values_in_kernel(page) == values
    settle(page)
    assert_same(player(page), PROBLEM, [rmsprop], values, 200)


def test_what_leaves_the_window_is_said_to_have_left(notebook):
    page = notebook("explorer = Explorer(problem, gradient_descent, lr=1)\nexplorer")
    gone = page.locator(".rmsprop-outside")
    assert gone.all_text_contents()[0] == "The point is outside this window."
    assert "intercept below -32.766" in status(page).inner_text()
    button(page, "First").click()
    settle(page)
    assert gone.all_text_contents() == ["", "", "", ""]
    for lr, iteration in [("1", "4"), ("1e300", "200")]:
        type_in(page, "lr", lr)
        computed(page)
        page.get_by_label("iteration", exact=True).fill(iteration)
        settle(page)
        assert len(drawn(player(page))["fit-0-fit"]) == 0
        assert gone.all_text_contents()[2] == "The line is outside this window."
