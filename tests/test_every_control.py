"""Every cell twice, every control to all its positions: no error, no warning, nothing stale."""

import itertools

import numpy as np
import pytest
from ipywidgets import Widget
from notebook_checks import (
    NOTEBOOKS,
    boards,
    control_errors,
    corners,
    lost_pictures,
    run_twice,
    wrong_lines,
    wrong_verdicts,
)

from rmsprop_lesson.board import Board
from rmsprop_lesson.packing import Channel, unpack
from rmsprop_lesson.predictions import Prediction
from rmsprop_lesson.problems import linear_regression
from rmsprop_lesson.words import text_of

EXTREMES = (-1e308, -1.0, 0.0, 1e-300, 1e-9, 1 - 2**-53, 1.0, 359.5, 1e9, 1e300, np.inf, np.nan)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def shown(request):
    return run_twice(request.param)


def test_a_cell_that_is_run_twice_prints_the_same(shown):
    for each in shown:
        assert len(set(each.printed)) == 1, each.cell.source


def test_every_control_goes_to_all_its_positions_and_corners(shown):
    for board in boards(shown):
        assert control_errors(board) == []


def test_every_corner_has_a_picture_and_a_sentence(shown):
    for board in boards(shown):
        all_corners = list(corners(board))
        for corner in all_corners:
            board.set(**corner)
            assert all(f"{name} = " in board.sentence for name in corner)
            if corner in (all_corners[0], all_corners[-1]):  # a picture takes long
                assert board.png().startswith(b"\x89PNG")


def test_every_widget_that_a_cell_shows_is_one_that_is_tested_here(shown):
    widgets = [each.value for each in shown if isinstance(each.value, Widget)]
    assert [each for each in widgets if not isinstance(each, (Board, Prediction))] == []


def test_every_picture_that_a_cell_shows_is_stored(shown):
    assert lost_pictures(shown) == []


def test_a_stored_picture_draws_the_numbers_that_the_browser_has(shown):
    for board in boards(shown):
        assert wrong_lines(board) == []


def test_the_one_figure_that_a_notebook_draws_itself_shows_points_and_line(shown):
    figures = [figure for each in shown for figure in each.figures]
    for figure in figures:  # the article's own picture
        (ax,) = figure.axes
        (points,), (line,), problem = ax.collections, ax.lines, linear_regression()
        assert np.allclose(points.get_offsets(), np.hstack([problem.X, problem.y]), atol=1e-11)
        ends, (intercept, slope) = np.array([0, 2]), problem.optimum
        assert np.array_equal(line.get_xdata(), ends) and line.get_color() == "red"
        apart = np.abs(np.ravel(line.get_ydata()) - (intercept + slope * ends))
        assert np.allclose(apart, 0.05 * (1 + ends), atol=1e-4)  # lr/2 off, in both parameters
        assert "Linear regression" in ax.get_title()


def test_every_box_takes_what_its_range_allows_and_refuses_the_rest(shown):
    for board in boards(shown):
        for name, dial in board.dials.items():
            for value in EXTREMES:
                board.reset()
                if not dial.parameter.allows(value):
                    with pytest.raises(ValueError, match=f"^{name} must be .*, not "):
                        board.set(**{name: value})
                    assert board.values == board.first
                    continue
                board.set(**{name: value})
                assert f"{name} = {text_of(value)}" in board.sentence
                for each in board.player.exact["runs"]:
                    error = (each or {}).get("error", "")
                    assert not error or error.startswith("my_rmsprop stopped"), (name, value)


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
    for question in (each.value for each in shown if isinstance(each.value, Prediction)):
        assert question.reply == "" == question.guess
        for choice in question.choices or ["0", "1", "1e9", "-3"]:
            question.set_state({"guess": choice})  # as a browser does
            assert "Measured: " in question.reply
        question.set_state({"guess": "what?"})
        assert question.reply.startswith("Your guess must be ")


def test_solutions_are_right_and_what_a_student_has_not_done_is_not_yet_right(shown):
    assert any("solution" in each.cell.metadata.get("tags", ()) for each in shown)
    assert wrong_verdicts(shown) == []
