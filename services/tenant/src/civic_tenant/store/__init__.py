"""Tables and queries of tenants."""
