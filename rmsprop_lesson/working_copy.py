"""The student's own copy of the notebooks: ``my_lesson``, ``my_lesson-2``, …

A file that is there is never written to. Standard library only.
"""

import json
import os
import re
import shutil

from rmsprop_lesson.setup_environment import Trouble, fingerprint

NAME = "my_lesson"
RECORD = ".copied.json"  # which state of each file was copied
NOT_COPIED = {".ipynb_checkpoints", "__pycache__"}


def choose_folder(clone, fresh=False):
    """Return the newest copy's folder, or with `fresh` one that is not there yet."""
    numbers = [number_of(path.name) for path in clone.glob(NAME + "*") if path.is_dir()]
    newest = max(filter(None, numbers), default=0)
    number = newest + 1 if fresh else max(newest, 1)
    return clone / (NAME if number == 1 else f"{NAME}-{number}")


def number_of(name):
    match = re.fullmatch(NAME + r"(?:-(\d+))?", name)
    return int(match[1] or 1) if match else None


def copy_notebooks(source, folder):
    """Copy what is not in `folder` yet; return sentences on what was done and what was left."""
    originals = [path for path in sorted(source.rglob("*")) if is_copied(path, source)]
    if not originals:
        raise Trouble(f"There are no notebooks in {source}. Is this the lesson's whole folder?")
    is_new = not folder.exists()
    folder.mkdir(exist_ok=True)
    record = read_record(folder)
    added, outdated = [], []
    for original in originals:
        name = original.relative_to(source).as_posix()
        copy = folder / name
        if not copy.exists():
            copy_whole(original, copy)
            record[name] = fingerprint(original)
            write_record(folder, record)  # at once: the next copy may be interrupted
            added.append(name)
        elif record.get(name) != fingerprint(original):
            outdated.append(name)
    return list(describe(folder.name, is_new, added, outdated))


def is_copied(path, source):
    return path.is_file() and not NOT_COPIED & set(path.relative_to(source).parts)


def read_record(folder):
    try:
        return dict(json.loads((folder / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def write_record(folder, record):
    (folder / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")


def copy_whole(original, copy):
    """Copy under another name first, so that an interrupted copy never passes for a whole one."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    part = copy.with_name(f".{copy.name}.part")
    shutil.copyfile(original, part)
    os.replace(part, copy)


def describe(folder, is_new, added, outdated):
    if is_new:
        yield f"Your own copy of the notebooks is in {folder}. Change what you like there."
    elif added:
        yield f"Added to {folder}: {', '.join(added)}."
    if outdated:
        yield (
            f"The lesson has newer versions of: {', '.join(outdated)}. Yours in {folder} stay as"
            " they are; --fresh makes a new copy beside them."
        )
