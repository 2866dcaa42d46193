"""The verbs: one unit of work each."""
