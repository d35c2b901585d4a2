"""Run the notebooks headless and store what comes out, clean: ``refresh``, or look: ``--check``.

A stored notebook shows pictures and numbers without a kernel. It holds nothing that only a live
page can use (the widgets' state and views), nothing that differs from run to run, and no warning:
once stored, a warning would be what the tests expect.
"""

import argparse
import copy
import hashlib
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PICTURE, SENTENCE = "image/png", "text/plain"
KEPT_CELL_METADATA = ("tags", "jupyter", "slideshow", "editable", "deletable")
SECONDS_PER_CELL = 120


def clean(notebook):
    """Return the notebook as it is stored."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata = {"kernelspec": dict(KERNELSPEC), "language_info": {"name": "python"}}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    ids = set()
    for position, cell in enumerate(notebook.cells):
        cell.metadata = {
            name: cell.metadata[name] for name in KEPT_CELL_METADATA if name in cell.metadata
        }
        if not cell.get("id") or cell.id in ids:
            cell.id = make_id(position, cell.source)
        ids.add(cell.id)
        if cell.cell_type == "code":
            cell.outputs = [left for output in cell.outputs for left in clean_output(output)]
    return notebook


def clean_output(output):
    """Return what is left of an output without the live widget, as a list of outputs.

    A picture and the sentence that says what it shows become two: of one output GitHub, nbviewer
    and nbconvert show only the richest form.
    """
    if "data" not in output:
        return [output]
    output.data.pop(WIDGET_VIEW, None)
    if not output.data:
        return []
    if "alt" not in output.metadata.get(PICTURE, {}) or SENTENCE not in output.data:
        return [output]
    sentence = nbformat.v4.new_output("display_data", {SENTENCE: output.data.pop(SENTENCE)})
    return [output, sentence]


def make_id(position, source):
    return hashlib.sha256(f"{position} {source}".encode()).hexdigest()[:8]


def number_cells(notebook):
    """Count the code cells that ran 1, 2, …; a cell without code keeps no count."""
    run = (cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip())
    for count, cell in enumerate(run, start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    return notebook


def to_text(notebook):
    return nbformat.v4.writes(notebook) + "\n"


def from_text(text):
    """Return the notebook; nothing is added to it (reading with nbformat.read would)."""
    try:
        notebook = nbformat.v4.reads(text)
    except (ValueError, AttributeError, TypeError):
        return None
    return notebook if notebook.get("nbformat") == 4 and "cells" in notebook else None


# ---- running ----


def refresh(path):
    """Run one notebook and store it; return what went wrong, or None."""
    notebook = from_text(path.read_text(encoding="utf-8"))
    if notebook is None:
        return "is not a notebook of format 4."
    notebook = clean(notebook)
    failure = execute(notebook, path.parent) or find_complaint(notebook)
    if failure is None:
        write_whole(path, to_text(number_cells(clean(notebook))))
    return failure


def execute(notebook, folder, keep_widgets=False):
    """Run all cells in a fresh kernel in `folder`; return what went wrong, or None.

    With ``keep_widgets`` the notebook's metadata hold the state of all widgets afterwards.
    """
    reached = 0

    def note(cell, cell_index):
        nonlocal reached
        reached = cell_index + 1

    try:
        NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=SECONDS_PER_CELL,
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=["--log-level=ERROR"],  # not the kernel's remarks on its own start
            on_cell_execute=note,
            store_widget_state=keep_widgets,
            record_timing=False,
            coalesce_streams=True,
        ).execute()
    except CellExecutionError as error:
        return f"cell {reached} stopped with {error.ename}: {error.evalue}"
    except CellTimeoutError:
        return f"cell {reached} took more than {SECONDS_PER_CELL} seconds."
    except DeadKernelError:
        return f"the kernel died or was stopped in cell {reached}."
    return None


def find_complaint(notebook):
    """Return what the first cell with a warning or an error says, or None."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                return f"cell {number} stopped with {output.ename}: {output.evalue}"
            if output.get("name") == "stderr":
                return f"cell {number} gave a warning: {' '.join(output.text.split())}"
    return None


def write_whole(path, text):
    """Write under another name first, so that an interrupted write leaves the old notebook."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)


# ---- looking ----


def check(path):
    """Return what is not clean in a stored notebook, or None."""
    text = path.read_text(encoding="utf-8")
    notebook = from_text(text)
    if notebook is None:
        return "is not a notebook of format 4."
    if text != to_text(clean(notebook)):
        return "holds what an editor or a live page has left in it."
    if text != to_text(number_cells(clean(notebook))):
        return "was not run from top to bottom in a fresh kernel."
    complaint = find_complaint(notebook)
    return complaint and f"holds what must not be stored: {complaint}"


def main(arguments):
    parser = argparse.ArgumentParser(
        prog="python3 -m rmsprop_lesson refresh",
        description="Run the notebooks headless and store their outputs, clean.",
    )
    parser.add_argument("notebooks", nargs="*", type=Path, help="all of the lesson's, if none")
    parser.add_argument("--check", action="store_true", help="run nothing, only look")
    options = parser.parse_args(arguments)
    paths = options.notebooks or sorted(NOTEBOOKS.glob("*.ipynb"))
    missing = [path for path in paths if not path.is_file()]
    if missing:
        return complain(f"There is no notebook {', '.join(map(str, missing))}.")
    return check_all(paths) if options.check else refresh_all(paths)


def check_all(paths):
    problems = [(path, problem) for path in paths if (problem := check(path))]
    for path, problem in problems:
        complain(f"{path.name} {problem}")
    if problems:
        return complain("This makes them clean: python3 -m rmsprop_lesson refresh")
    return 0


def refresh_all(paths):
    for path in paths:
        print(f"Running {path.name}.", flush=True)
        failure = refresh(path)
        if failure:
            return complain(f"{path.name}: {failure}\nThe notebook on disk is as it was.")
    return 0


def complain(sentence):
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
