"""What notebook 01_take_one_step asks and shows: one update of four coordinates."""

QUESTIONS = {}
TASKS = {}
