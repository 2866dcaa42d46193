"""Moderation of every tool's texts: reports, the inbox of staff, the log, the public policy."""
