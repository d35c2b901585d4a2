"""What notebook 00_start_here asks and shows: the first look at the explorer."""

QUESTIONS = {}
TASKS = {}
