"""Pages of the state: start, search, archive, legal texts, and what machines read."""
