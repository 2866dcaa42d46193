"""One package per area: its calls, JSON API, schemas and pages."""
