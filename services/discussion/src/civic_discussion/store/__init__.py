"""Tables and queries of Dialoge."""
