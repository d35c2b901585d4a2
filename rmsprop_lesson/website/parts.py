"""What a page shows in the place of the outputs of a notebook's cells."""

import re

from . import live_parts

JUPYTER_ONLY = "jupyter-only"  # a tag: what helps in Jupyter, and would mislead on a page
YOURS = re.compile(r"\bmy_\w+")  # what a reader fills in
TO_PYTHON = "To check your number, run this cell in Python."


def note_parts(notebook, boards, files):
    """Note in the cells' metadata what lives in them, and where their pictures are.

    What is printed right after a question is its answer: the page keeps it folded.
    """
    notebook.cells = [cell for cell in notebook.cells if JUPYTER_ONLY not in tags_of(cell)]
    asked = False
    for cell in notebook.cells:
        if cell.cell_type != "code":
            asked = False
            continue
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                output.metadata = files.picture(output.data["image/png"]) | {
                    "alt": f"The picture that cell {cell.execution_count} draws."
                }
        is_solution = "solution" in tags_of(cell)
        part = None if is_solution else part_of(cell, boards, files)
        if asked and part is None and not is_solution:
            part = {"kind": "answer"}
        asked = asked or (part or {}).get("kind") == "question"
        cell.metadata = {"solution": is_solution, "part": part}


def tags_of(cell):
    return cell.metadata.get("tags", [])


def part_of(cell, boards, files):
    """Return what the template needs of a cell in which something lives, or None."""
    if cell.id in boards:
        picture = next(each for each in cell.outputs if "image/png" in each.get("data", {}))
        sentence = next(each for each in cell.outputs if "text/plain" in each.get("data", {}))
        return picture.metadata | {
            "kind": "board",
            "data": files.board(boards[cell.id]),
            "rows": len(boards[cell.id]["scene"]["parameters"]),
            "panels": len(boards[cell.id]["scene"]["panels"]),
            "sentence": sentence.data["text/plain"],
        }
    function, name = live_parts.called(cell.source)
    if function == "predict":
        data = files.data(live_parts.question(name))
        return {"kind": "question", "data": data, "text": cell.outputs[0].data["text/plain"]}
    if function == "check_number":
        return {"kind": "task", "data": files.data(live_parts.task(name)), "text": TO_PYTHON}
    if function and function.startswith("check_"):
        return {"kind": "check"}
    return {"kind": "yours"} if YOURS.search(cell.source) and cell.outputs else None


def first_board(notebook):
    """Return the first cell of a notebook in which an explorer lives."""
    return next(
        cell for cell in notebook.cells if (cell.metadata.get("part") or {}).get("kind") == "board"
    )
