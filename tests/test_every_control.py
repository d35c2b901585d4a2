"""Every cell twice, every control to all its positions: no error, no warning, nothing stale."""

import ast
import contextlib
import io
import itertools
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from rmsprop_lesson.board import Board
from rmsprop_lesson.packing import Channel, unpack
from rmsprop_lesson.predictions import Prediction
from rmsprop_lesson.verdicts import Verdict

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def execute(source, scope):
    """Run a cell as a kernel does; return the value of its last line, if that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), scope)
    return (
        None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), scope)
    )


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def shown(request):
    """Return what the cells of a notebook show and print, when each of them is run twice."""
    cells = [cell for cell in nbformat.read(request.param, 4).cells if cell.cell_type == "code"]
    scope, values, printed = {"__name__": "__main__"}, [], []
    plt.switch_backend("agg")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(request.param.parent)
        patch.setattr(plt, "show", lambda: None)
        for cell in cells:
            told = []
            for _ in range(2):
                with contextlib.redirect_stdout(io.StringIO()) as out:
                    values.append(execute(cell.source, scope))
                told.append(out.getvalue())
            printed.append((cell.source, *told))
    plt.close("all")
    return values, printed


def boards(shown):
    return [value for value in shown[0] if isinstance(value, Board)][1::2]


def test_a_cell_that_is_run_twice_prints_the_same(shown):
    for source, first, second in shown[1]:
        assert first == second, source


def test_every_control_goes_to_all_its_positions_and_corners(shown):
    for board in boards(shown):
        settings = [
            {name: position} for name, dial in board.dials.items() for position in dial.positions
        ]
        ends = [(dial.positions[0], dial.positions[-1]) for dial in board.dials.values()]
        settings += [dict(zip(board.dials, c, strict=True)) for c in itertools.product(*ends)]
        for setting in settings:
            board.reset()
            for name, value in setting.items():
                board.sliders[name].value = value
            assert board.values == board.first | setting
            errors = [
                each["error"] for each in board.player.exact["runs"] if each and "error" in each
            ]
            assert all(
                error.startswith("my_rmsprop stopped") for error in errors
            )  # not written yet
        corners = settings[-(2 ** len(ends)) :]
        for corner in corners:
            board.set(**corner)
            assert all(f"{name} = " in board.sentence for name in corner)
            if corner in (corners[0], corners[-1]):  # a picture takes long
                assert board.png().startswith(b"\x89PNG")


def test_what_the_browser_has_is_what_python_computes_in_every_corner(shown):
    for board in boards(shown):
        ends = [dial.positions[:: max(1, len(dial.positions) - 1)] for dial in board.dials.values()]
        for corner in itertools.product(*ends):
            values = dict(zip(board.dials, corner, strict=True))
            for source in board.sources:
                if source.atlas is None:
                    continue
                exact = source.exact(values)
                channels = [Channel(**each) for each in exact["channels"]]
                number = source.atlas.index(**source.own(values))
                alone = [codes[0] for codes in unpack(exact["piece"], channels)]
                held = [codes[number] for codes in source.atlas.codes]
                for channel, one, other in zip(channels, alone, held, strict=True):
                    apart = np.abs(one.astype(int) - other)
                    assert apart.max() <= 1, (values, channel.name)


def test_every_answer_of_every_question_is_replied_to(shown):
    for question in (value for value in shown[0] if isinstance(value, Prediction)):
        assert question.reply == "" == question.guess
        for choice in question.choices or ["0", "1", "1e9", "-3"]:
            assert "Measured: " in question.answer(choice)


def test_solutions_are_right_and_what_a_student_has_not_done_is_not_yet_right(shown):
    verdicts = [value for value in shown[0] if isinstance(value, Verdict)]
    assert len(verdicts) >= 4 and any(verdicts) and not all(verdicts)
