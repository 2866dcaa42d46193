"""Subscriptions of the state's list, with an account or an address."""
