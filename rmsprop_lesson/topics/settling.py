"""What notebook 05_settle_down asks and shows: the cycle, and what ends it."""

QUESTIONS = {}
TASKS = {}
