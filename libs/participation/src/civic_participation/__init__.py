"""What every tool does the same way."""
