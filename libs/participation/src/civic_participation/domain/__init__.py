"""Rules that every tool shares."""
