"""Signing in through the realm of the state, and the sessions that follow from it."""
