"""Traces, metrics and logs: the one place that sets up OpenTelemetry's SDK."""

from civic_chassis.telemetry.logs import bind
from civic_chassis.telemetry.setup import Telemetry, TelemetrySettings, set_up

__all__ = ["Telemetry", "TelemetrySettings", "bind", "set_up"]
