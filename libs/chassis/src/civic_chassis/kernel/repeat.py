"""How a repeated call is recognised: the key that the client chose, and what the call asked for."""

import re
from dataclasses import dataclass
from typing import Self

from civic_chassis.kernel.errors import Violation, ViolationReason, invalid

MAX_REQUEST_ID = 200
_VISIBLE = re.compile(r"[!-~]*")


@dataclass(frozen=True, slots=True)
class Repeat:
    """`request_id` is empty where the client sent none; `fingerprint` is the request's bytes."""

    request_id: str
    fingerprint: bytes

    @classmethod
    def parse(cls, request_id: str, fingerprint: bytes) -> Self:
        """Raises INVALID_ARGUMENT for a key of more than 200 characters or other than visible ASCII."""
        if len(request_id) > MAX_REQUEST_ID:
            limits = {"max": str(MAX_REQUEST_ID), "actual": str(len(request_id))}
            raise invalid(Violation("request_id", ViolationReason.TOO_LONG, "must have at most 200 characters", limits))
        if not _VISIBLE.fullmatch(request_id):
            raise invalid(Violation("request_id", ViolationReason.MALFORMED, "must be visible ASCII characters"))
        return cls(request_id, fingerprint)
