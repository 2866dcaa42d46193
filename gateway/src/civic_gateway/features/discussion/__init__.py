"""Dialoge: topics, contributions, comments, ratings."""
