"""What has been computed once, kept on disk for the next kernel.

The first picture of an explorer, or the outcome of a race, follows from the lesson's code, its
libraries and the arguments, and from nothing else. The name of a file is the digest of all of them:
whatever changes, another file is looked for, and computed where there is none. So thirty kernels of
a class, or tomorrow's, need neither the runs of the atlas again nor matplotlib.
"""

import base64
import contextlib
import dataclasses
import functools
import hashlib
import inspect
import json
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import get_ident

import numpy as np

FOLDER = "RMSPROP_LESSON_KEEP"  # environment variable: another folder, or empty to keep nothing
MOST_FILES, MOST_BYTES = 512, 100_000_000
PACKAGE = Path(__file__).parent
LIBRARIES = ("matplotlib", "numpy")


class _Unknown(Exception):
    """An argument of which it is not certain that equal ones give equal results."""


def kept(write, read):
    """Decorate a function so that its results outlive the process.

    ``write`` makes something for JSON of a result, ``read`` makes the result of that. A call with
    an argument that could change without notice, such as a reader's function, is not kept.
    """

    def decorate(function):
        @functools.wraps(function)
        def looked_up(*arguments):
            file = _file(function, arguments)
            if file is None:
                return function(*arguments)
            found = _found(file)
            if found is not None:
                return read(found)
            result = function(*arguments)
            if file == _file(function, arguments):  # the code is still the one that has run
                _keep(file, write(result))
            return result

        return looked_up

    return decorate


def folder():
    """Return the folder of what is kept, or None where nothing is."""
    named = os.environ.get(FOLDER)
    if sys.platform == "emscripten" or named == "":
        return None
    if named is not None:
        return Path(named)
    above = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(above, "rmsprop_lesson")


def to_text(data):
    """Return bytes as text."""
    return base64.b64encode(data).decode("ascii")


def _file(function, arguments):
    """Return where the result of a call is kept, or None where it is not."""
    try:
        where = folder()
        if where is None or CODE is None or _stamps() != STAMPS:
            return None
        call = repr((CODE, function.__module__, function.__qualname__, _described(arguments)))
    except (OSError, RuntimeError, _Unknown):  # RuntimeError: there is no home
        return None
    return where / f"{hashlib.sha256(call.encode()).hexdigest()}.json"


def _found(file):
    """Return what a file holds, or None where it is missing or damaged."""
    try:
        digest, _, text = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    if digest != _digest(text):
        return None
    with contextlib.suppress(OSError):  # others may keep what we can only read
        os.utime(file)
    return json.loads(text)


def _keep(file, told):
    """Write a file in one step; where that is impossible, the next kernel computes again."""
    text = json.dumps(told).encode()
    passing = file.with_suffix(f".{os.getpid()}-{get_ident()}")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            passing.write_bytes(_digest(text) + b"\n" + text)
            passing.replace(file)
        finally:
            passing.unlink(missing_ok=True)
        _make_room(file.parent)


def _make_room(folder):
    """Remove what was not used for longest, as long as there are too many files or bytes."""
    files = {each: each.stat() for each in folder.glob("*.json")}
    oldest_first = sorted(files, key=lambda each: files[each].st_mtime_ns)
    number, size = len(files), sum(each.st_size for each in files.values())
    for each in oldest_first[:-1]:
        if number <= MOST_FILES and size <= MOST_BYTES:
            break
        each.unlink()
        number, size = number - 1, size - files[each].st_size


def _digest(text):
    return hashlib.sha256(text).hexdigest().encode()


def _described(value):
    """Return something whose repr tells a value from all others, or raise _Unknown."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) in (tuple, list):
        return tuple(map(_described, value))
    if type(value) is dict:
        return tuple((name, _described(each)) for name, each in value.items())
    if type(value) is np.ndarray and value.dtype.kind in "fiub":
        return value.dtype.str, value.shape, hashlib.sha256(value.tobytes()).hexdigest()
    if isinstance(value, np.generic):
        return _described(np.asarray(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [each.name for each in dataclasses.fields(value)]
        return _name_of_ours(type(value)), tuple(_described(getattr(value, each)) for each in names)
    return _name_of_ours(value)


def _name_of_ours(value):
    """Return the full name of a function or class of the package, or raise _Unknown."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    ours = (inspect.isfunction(value) or inspect.isclass(value)) and (
        str(module).startswith(f"{__package__}.")
        and getattr(sys.modules.get(module), str(name), None) is value
    )
    if not ours:
        raise _Unknown
    return module, name


def _code():
    """Return a digest of the package's code and of what it computes and draws with, if known."""
    try:
        told = hashlib.sha256(repr([sys.version, *map(version, LIBRARIES)]).encode())
    except PackageNotFoundError:
        return None
    for path in sorted(PACKAGE.rglob("*.py")):
        told.update(path.relative_to(PACKAGE).as_posix().encode() + path.read_bytes())
    return told.hexdigest()


def _stamps():
    """Return what changes with the files of the package: nothing is kept of code that changed."""
    files = ((path, path.stat()) for path in PACKAGE.rglob("*.py"))
    return {name: (stat.st_mtime_ns, stat.st_size) for name, stat in files}


STAMPS, CODE = _stamps(), _code()
