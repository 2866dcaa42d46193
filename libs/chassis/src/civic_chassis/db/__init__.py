"""PostgreSQL: units of work with tenancy, outbox, inbox, request log, audit trail and timers."""

from civic_chassis.db.engine import Database
from civic_chassis.db.reading import Reading
from civic_chassis.db.single_write import SingleWrite
from civic_chassis.db.statement import Statement, statement
from civic_chassis.db.unit_of_work import UnitOfWork
from civic_chassis.db.work import Repeated

__all__ = ["Database", "Reading", "Repeated", "SingleWrite", "Statement", "UnitOfWork", "statement"]
