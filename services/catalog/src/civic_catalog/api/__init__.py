"""The gRPC edge: servicers, messages, events."""
