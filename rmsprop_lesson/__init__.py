"""An interactive lesson on the RMSProp optimizer: the helpers behind its notebooks.

Nothing is imported here, so that ``python3 -m rmsprop_lesson`` runs on a bare Python.
"""

__version__ = "0.1.0"
