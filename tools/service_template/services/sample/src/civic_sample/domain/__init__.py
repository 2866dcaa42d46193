"""Values and rules; pure."""
