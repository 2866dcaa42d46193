"""Closed Dialoge: who is invited, and accepting an invitation."""
