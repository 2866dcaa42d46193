"""Values and rules of tenants; pure."""
