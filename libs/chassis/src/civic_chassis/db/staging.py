"""What a call leaves to be written with its entity: events, the audit trail, timers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from civic_chassis.db.tail import Tail
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.event import Event


class Staging:
    """Collects in a tail; all of it is written when, and only when, the call's work commits."""

    __slots__ = ()
    call: Call
    _tail: Tail

    def stage(self, event: Event, *, tenant: str | None = None) -> None:
        """Publishes the event, of the call's tenant unless another one is named. Events keep the order of staging."""
        self._tail.stage(event, tenant=tenant or self.call.require_tenant(), at=self.call.received_at)

    def audit(self, action: str, resource: str, resource_id: object, details: Mapping[str, Any]) -> None:
        """Notes an action of staff in the tenant's audit trail. `details` hold ids and values, no citizen's text."""
        self._tail.audit(self.call, action, resource, str(resource_id), details)

    def set_timer(self, kind: str, key: object, due_at: datetime, payload: Mapping[str, Any] | None = None) -> None:
        """Lets the handler of `kind` run once at `due_at`; an earlier timer of the same kind and key is replaced."""
        self._tail.set_timer(self.call.tenant, kind, str(key), due_at, payload or {})

    def clear_timer(self, kind: str, key: object) -> None:
        """Removes a timer; one that is not set is no error."""
        self._tail.clear_timer(self.call.tenant, kind, str(key))
