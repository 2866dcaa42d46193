"""Values that every room may use: pure Python, no await, no table, no message."""
