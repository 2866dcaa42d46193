"""Passwords of one stack, made once and kept with its data."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Every password comes from one key, so a new part has its own without a file being changed."""

    key: bytes

    def of(self, purpose: str) -> str:
        return hmac.new(self.key, purpose.encode(), hashlib.sha256).hexdigest()[:24]

    @classmethod
    def kept_in(cls, data: Path) -> Secrets:
        file = data / "secret.key"
        try:
            return cls(bytes.fromhex(file.read_text(encoding="ascii")))
        except FileNotFoundError:
            key = secrets.token_bytes(32)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(key.hex())
            return cls(key)
