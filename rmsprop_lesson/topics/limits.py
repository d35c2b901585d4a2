"""What notebook 08_find_the_limits asks and shows: small beta, votes and counterexamples."""

QUESTIONS = {}
TASKS = {}
