"""Specimens of a tenant."""
