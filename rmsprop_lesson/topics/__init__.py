"""One module for each notebook: its questions, its tasks, its charts."""
