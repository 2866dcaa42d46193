"""The state's list: search, archive, map, feeds."""
