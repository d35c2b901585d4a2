"""The lesson as a site of plain files: no server, no Python. See build.py."""
