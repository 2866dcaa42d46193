"""PostgreSQL: units of work with tenancy, outbox, inbox, request log, audit trail and timers."""

from civic_chassis.db.engine import Database
from civic_chassis.db.statement import Statement, statement
from civic_chassis.db.unit_of_work import Reading, UnitOfWork

__all__ = ["Database", "Reading", "Statement", "UnitOfWork", "statement"]
