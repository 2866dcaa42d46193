"""The edges: servicers, messages, foreign events, SMTP."""
