"""Exports and statistics: files of everything that was handed in, and what it comes to."""
