"""What notebook 02_remember_gradients asks and shows: beta as a memory."""

QUESTIONS = {}
TASKS = {}
