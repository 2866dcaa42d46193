"""Verbs that every tool offers for its own things."""
