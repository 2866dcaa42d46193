"""Traces, metrics and logs: the one place that sets up OpenTelemetry's SDK."""
