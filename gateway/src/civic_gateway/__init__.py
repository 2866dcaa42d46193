"""Pages and JSON API over the services."""
