"""Write the site: ``python3 -m rmsprop_lesson site``."""

import sys

from .build import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
