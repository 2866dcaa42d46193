"""A pytest plugin: real PostgreSQL, real NATS, signed tokens, a frozen clock, a service in-process."""
