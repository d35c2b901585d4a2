"""Start here: ``python3 -m rmsprop_lesson`` opens the lesson; ``--help`` names the other commands.

Every Python since 2.7 can read this file, so that an old one says what is missing in a sentence.
"""

import os
import sys

OLDEST_PYTHON = (3, 11)


def is_too_old(version):
    return tuple(version[:2]) < OLDEST_PYTHON


def explain_old_python(version):
    return "The lesson needs Python %d.%d or newer, and this is Python %d.%d (%s)." % (
        OLDEST_PYTHON + tuple(version[:2]) + (sys.executable,)
    )


def start():
    if is_too_old(sys.version_info):
        sys.stderr.write(explain_old_python(sys.version_info) + "\n")
        return 1
    if not __package__:  # started as a file or a folder: python3 path/to/rmsprop_lesson
        sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    try:
        from rmsprop_lesson.commands import main

        return main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Start again whenever you like.\n")
        return 130


if __name__ == "__main__":
    sys.exit(start())
