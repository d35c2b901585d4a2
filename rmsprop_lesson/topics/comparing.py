"""What notebook 06_compare_optimizers asks and shows: the claims of the article, judged."""

QUESTIONS = {}
TASKS = {}
