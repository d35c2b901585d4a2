"""The site: every notebook as a page whose sliders answer without Python, and one file for a slide.

The notebooks are read as they are stored, and each is run once to learn what lives in it. What is
written are plain files: they are served from anywhere, or opened from a disk.
"""

import argparse
import re
import signal
import sys
import webbrowser
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat.v4 import new_markdown_cell, new_notebook

from .. import links
from ..commands import explain_system_error
from ..refresh import from_text
from ..setup_environment import CLONE, Trouble, say
from . import assets, live_parts, pages
from .files import Files
from .lite import build_lite
from .parts import first_board, note_parts

MARKDOWN = {
    "TEACHING.md": "For teachers",
    "teaching/questions.md": "Questions",
    "teaching/answers.md": "Answers",
    "GLOSSARY.md": "Glossary",
    "SOURCES.md": "Sources",
    "CONTRIBUTING.md": "Contributing",
    "SECURITY.md": "Security",
}
LIST = "files.txt"  # names all files of a site, so that nothing else is ever replaced
EXPLORER = "explorer.html"
EXPLORER_PICTURE = re.compile(r"!\[[^]]*\]\(\.github/explorer\.png\)")  # in the README


def main(arguments):
    parser = argparse.ArgumentParser(
        prog="python3 -m rmsprop_lesson site",
        description="Write the lesson as a site of plain files.",
        allow_abbrev=False,
    )
    parser.add_argument("--to", type=Path, default=CLONE / "_site", help="the folder (_site)")
    parser.add_argument("--open", action="store_true", help="show it in the browser")
    parser.add_argument("--no-lite", action="store_true", help="leave out JupyterLite")
    options = parser.parse_args(arguments)
    target = options.to.resolve()
    try:
        build(target, with_lite=not options.no_lite)
    except (Trouble, OSError) as error:
        told = error if isinstance(error, Trouble) else explain_system_error(error)
        print(told, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"Stopped. What stood in {target} stands there as before.", file=sys.stderr)
        return 130
    say(f"The site is in {target}. Open its index.html, or put the folder on any server.")
    if options.open:
        webbrowser.open((target / "index.html").as_uri())
    return 0


def build(target, clone=CLONE, with_lite=True, say=say):
    """Write the site into a folder; what stood there goes only when the new one is whole.

    Raises
    ------
    Trouble : where the folder holds something else, or a notebook is not as it was stored
    OSError : where it cannot be written
    """
    if target.exists() and not _is_ours(target):
        raise Trouble(f"{target} holds something else than this lesson's site. It stays as it is.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
        new, old = Path(folder, "new"), Path(folder, "old")
        write_site(Files(new), clone, with_lite, say)
        (new / LIST).write_text("\n".join(_files_in(new)) + "\n", encoding="utf-8")
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        finally:
            if old.exists() and not target.exists():
                old.rename(target)


def _is_ours(folder):
    """Tell whether a folder is empty, or a site of ours to which nothing was added."""
    if not folder.is_dir():
        return False
    known = (folder / LIST).read_text("utf-8").splitlines() if (folder / LIST).is_file() else []
    return set(_files_in(folder)) <= {*known, LIST}


def _files_in(folder):
    """Return the paths of all files below a folder, and of links and empty folders."""
    found = (each for each in folder.rglob("*") if not each.is_dir() or not any(each.iterdir()))
    return sorted(each.relative_to(folder).as_posix() for each in found)


def write_site(files, clone, with_lite, say):
    """Write all files of the site."""
    notebooks = sorted(clone.glob("notebooks/*.ipynb"))
    boards = run_all(notebooks, say)
    say(f"Writing {len(notebooks) + len(MARKDOWN) + 1} pages.")
    for path, text in assets.shared().items():
        files.write(path, text)
    every = [
        pages.Page("README.md", "Start"),
        *(pages.Page(path.relative_to(clone).as_posix(), path.stem) for path in notebooks),
        *(pages.Page(source, name) for source, name in MARKDOWN.items()),
    ]
    content = [read(clone / page.source) for page in every]
    for page, notebook in zip(every, content, strict=True):
        if page.is_notebook:
            note_parts(notebook, boards[page.source], files)
    cell = first_board(content[1])
    start = pages.board_html(cell.metadata.part, "")
    content[0].cells[0].source = EXPLORER_PICTURE.sub(lambda _: start, content[0].cells[0].source)
    lesson, remote = every[: len(notebooks) + 1], remote_of(clone)
    for page, notebook in zip(every, content, strict=True):
        around = {"all": every} | neighbours(page, lesson) | in_python(page, remote, with_lite)
        files.write(page.address, pages.render(page, notebook, around))
    files.write(EXPLORER, assets.alone(boards[every[1].source][cell.id], cell))
    copy_linked(files, clone)
    if with_lite:
        build_lite(files.target / "lite", clone / "notebooks", say)


def neighbours(page, lesson):
    """Return the pages before and after a page of the lesson, None where there is none."""
    if page not in lesson:
        return {"previous": None, "next": None}
    at, ends = lesson.index(page) + 1, [None, *lesson, None]
    return {"previous": ends[at - 1], "next": ends[at + 1]}


def in_python(page, remote, with_lite):
    """Return the links to a page's notebook in Python, to the first one for other pages."""
    path = page.source if page.is_notebook else links.FIRST_PAGE
    return {
        "binder": remote and links.binder_link(*remote, path),
        "lite": with_lite and f"{page.root}lite/lab/index.html?path={Path(path).name}",
    }


def run_all(notebooks, say):
    """Run the notebooks, two at a time; return dict of source to its boards."""
    say(f"Running {len(notebooks)} notebooks.")
    largest_first = sorted(notebooks, key=lambda path: -path.stat().st_size)
    boards = {}
    deaf = {"initializer": signal.signal, "initargs": (signal.SIGINT, signal.SIG_IGN)}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), **deaf) as pool:  # to Ctrl-C
        running = {pool.submit(live_parts.live_parts, path): path for path in largest_first}
        try:
            for done in as_completed(running):
                path = running[done]
                boards[f"notebooks/{path.name}"] = done.result()
                say(f"  {path.name}")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return boards


def read(path):
    """Return a notebook; a Markdown file as a notebook of one cell."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        return from_text(text)
    return new_notebook(cells=[new_markdown_cell(text, id="text")])


def remote_of(clone):
    """Return (host, path, branch) of the clone's remote, or None where it has none on the web."""
    try:
        return *links.parse_remote(links.read_remote(clone)), links.read_branch(clone)
    except Trouble:
        return None


def copy_linked(files, clone):
    """Copy what pages link to and is no page, such as the license."""
    for path in sorted(files.target.rglob("*.html")):
        for link in pages.links_in(path.read_text(encoding="utf-8")):
            wanted = (path.parent / link).resolve()
            original = clone / wanted.relative_to(files.target.resolve())
            if not original.is_file():
                original = original.with_suffix("")  # LICENSE.txt is called LICENSE there
            if not wanted.exists() and original.is_file():
                files.write(wanted.relative_to(files.target), original.read_bytes())
