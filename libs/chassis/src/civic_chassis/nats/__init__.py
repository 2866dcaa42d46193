"""NATS JetStream: streams as data, events out of the outbox, durable consumers."""

from civic_chassis.nats.connection import Connection
from civic_chassis.nats.consumer import Consumer, Subscription
from civic_chassis.nats.envelope import Envelope
from civic_chassis.nats.streams import Stream

__all__ = ["Connection", "Consumer", "Envelope", "Stream", "Subscription"]
