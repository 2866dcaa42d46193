"""Tenants of a state."""
