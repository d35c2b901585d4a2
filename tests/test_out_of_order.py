"""Cells in the wrong order: each works, or misses a name of another cell; no verdict is wrong."""

import ast
import contextlib
import io

import matplotlib.pyplot as plt
import nbformat
import pytest
from notebook_checks import NOTEBOOKS, execute

from rmsprop_lesson.verdicts import Verdict


def run_cell(source, scope):
    """Return what a cell shows, and the name that it misses, if it misses one."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return execute(source, scope), None
        except NameError as error:
            return None, error.name


def defined_by(cells):
    """Return the names that cells define: variables, functions, imports."""
    nodes = [node for cell in cells for node in ast.walk(ast.parse(cell.source))]
    variables = {node.id for node in nodes if isinstance(node, ast.Name) if is_set(node)}
    functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    imported = {node.asname or node.name for node in nodes if isinstance(node, ast.alias)}
    return variables | functions | imported


def is_set(node):
    return isinstance(node.ctx, ast.Store)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def cells(request, monkeypatch, kept_as_in_kernels):
    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", lambda: None)
    monkeypatch.chdir(request.param.parent)
    yield [cell for cell in nbformat.read(request.param, 4).cells if cell.cell_type == "code"]
    plt.close("all")


def test_from_the_last_cell_to_the_first_nothing_goes_wrong_but_for_a_missing_name(cells):
    imports, *others = cells
    scope = {"__name__": "__main__"}
    run_cell(imports.source, scope)
    names = defined_by(others)
    for cell in reversed(others):
        shown, missing = run_cell(cell.source, scope)
        assert missing is None or missing in names, cell.source
        if isinstance(shown, Verdict):
            assert bool(shown) == ("solution" in cell.metadata.get("tags", ())), cell.source


def test_after_a_restart_a_cell_alone_works_or_misses_a_name(cells):
    names = defined_by(cells)
    for cell in cells[1:]:
        shown, missing = run_cell(cell.source, {"__name__": "__main__"})
        assert missing in names or shown is None, cell.source
