"""What notebook 07_read_other_libraries asks and shows: one name, three formulas."""

QUESTIONS = {}
TASKS = {}
