"""What lives in a notebook: its explorers, charts, questions and tasks, found by running it once.

A widget says all that a browser needs in the messages that it sends when it is made. The notebook
is run headless, those messages are kept, and the page gets what JupyterLab would get.
"""

import ast
from pathlib import Path

from ..lesson import QUESTIONS, TASKS
from ..refresh import WIDGET_VIEW, clean, execute, from_text
from ..setup_environment import Trouble
from .replies import limits_of, replies_to_choices, replies_to_guesses, verdicts_on_answers

STATES = "application/vnd.jupyter.widget-state+json"
IN_A_MODEL = "IPY_MODEL_"


def live_parts(path):
    """Run a stored notebook; return the boards of its cells: dict of cell id to a board.

    A board is what a Player's traits hold, with base64 text in the place of bytes.

    Raises
    ------
    Trouble : where the notebook cannot be run, or its cells print something else than it stores
    """
    path = Path(path)
    stored = from_text(path.read_text(encoding="utf-8"))
    if stored is None:
        raise Trouble(f"{path.name} is not a notebook of format 4.")
    run = clean(stored)
    failure = execute(run, path.parent, keep_widgets=True)
    if failure:
        raise Trouble(f"{path.name}: {failure}")
    for number, (ours, theirs) in enumerate(zip(run.cells, stored.cells, strict=True), start=1):
        if _texts(ours) != _texts(theirs):
            raise Trouble(
                f"{path.name} is not as it was stored: cell {number} prints something else when it "
                "is run. This stores it anew: python3 -m rmsprop_lesson refresh"
            )
    return boards_of(run)


def boards_of(notebook):
    """Return the boards of a notebook that was run: dict of cell id to a board."""
    models = notebook.metadata.get("widgets", {}).get(STATES, {}).get("state", {})
    boards = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            view = output.get("data", {}).get(WIDGET_VIEW)
            player = view and _player_in(models[view["model_id"]], models)
            if player:
                boards[cell.id] = board_of(player)
    return boards


def board_of(model):
    """Return what a page needs of a Player's model."""
    state = dict(model["state"])
    for buffer in model.get("buffers", []):
        *way, last = buffer["path"]
        place = state
        for step in way:
            place = place[step]
        place[last] = buffer["data"]
    return {name: state[name] for name in ("scene", "setting", "iteration", "note", "exact")} | {
        "pieces": state["opening"]
    }


def _player_in(model, models):
    children = model["state"].get("children", [])
    found = (models[child.removeprefix(IN_A_MODEL)] for child in children)
    return next((each for each in found if "scene" in each["state"]), None)


def _texts(cell):
    """Return what a cell prints or says, without its pictures."""
    outputs = cell.get("outputs", [])
    data = [output["data"] for output in outputs if "data" in output]
    texts = [(each.get("text/plain"), each.get("text/html")) for each in data]
    return (
        "".join(output["text"] for output in outputs if "text" in output),
        [each for each in texts if any(each)],
    )


# ---- questions and tasks: what they reply is known without running the notebook ----


def called(source):
    """Return (name, first argument) of the function that the last line of a cell calls.

    The argument is None where it is not written out.
    """
    try:
        last = ast.parse(source).body[-1]
    except (SyntaxError, IndexError):
        return None, None
    call = last.value if isinstance(last, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return None, None
    first = call.args[0] if call.args else None
    return call.func.id, first.value if isinstance(first, ast.Constant) else None


def question(name):
    """Return what a page needs of a question."""
    asked = QUESTIONS[name]
    replies = replies_to_choices(asked) if asked.choices else replies_to_guesses(asked)
    return {
        "question": asked.text,
        "choices": list(asked.choices),
        "replies": replies,
        "limits": limits_of("Your guess"),
    }


def task(name):
    """Return what a page needs of a task that asks for a number."""
    return {
        "question": "Check your number here.",
        "choices": [],
        "replies": verdicts_on_answers(TASKS[name]),
        "limits": limits_of("Your answer"),
        "words": {"label": "Your answer", "done": "Check it"},
    }
