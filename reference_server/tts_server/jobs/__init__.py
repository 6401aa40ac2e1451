"""Many texts at once: what Redis holds of a job (store), who sends and speaks its items (tasks, worker)."""
