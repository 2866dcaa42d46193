"""Following, preferences and mail texts."""
