"""The edges of the tenant service: servicer, messages, the tenant file."""
