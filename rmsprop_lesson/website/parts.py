"""What a page shows in the place of the outputs of a notebook's cells."""

from . import live_parts

TO_PYTHON = "To check your number, run this cell in Python."


def note_parts(notebook, boards, files):
    """Note in the cells' metadata what lives in them, and where their pictures are."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                output.metadata = files.picture(output.data["image/png"]) | {
                    "alt": f"The picture that cell {cell.execution_count} draws."
                }
        is_solution = "solution" in cell.metadata.get("tags", [])
        part = None if is_solution else part_of(cell, boards, files)
        cell.metadata = {"solution": is_solution, "part": part}


def part_of(cell, boards, files):
    """Return what the template needs of a cell in which something lives, or None."""
    if cell.id in boards:
        output = next(each for each in cell.outputs if "image/png" in each.get("data", {}))
        return output.metadata | {
            "kind": "board",
            "data": files.board(boards[cell.id]),
            "sentence": output.data["text/plain"],
        }
    function, name = live_parts.called(cell.source)
    if function == "predict":
        data = files.data(live_parts.question(name))
        return {"kind": "question", "data": data, "text": cell.outputs[0].data["text/plain"]}
    if function == "check_number":
        return {"kind": "task", "data": files.data(live_parts.task(name)), "text": TO_PYTHON}
    return {"kind": "check"} if function and function.startswith("check_") else None


def first_board(notebook):
    """Return the first cell of a notebook in which an explorer lives."""
    return next(
        cell for cell in notebook.cells if (cell.metadata.get("part") or {}).get("kind") == "board"
    )
