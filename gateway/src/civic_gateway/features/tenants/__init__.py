"""Tenants of the state."""
