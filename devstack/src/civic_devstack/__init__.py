"""The whole portal on one machine."""
