"""The gRPC edge of Dialoge: servicers, messages, foreign events."""
