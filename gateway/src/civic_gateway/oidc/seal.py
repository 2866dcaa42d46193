"""Values that only the holder of a random crumb, a cookie's value, can find and open."""

from __future__ import annotations

import hashlib
import os
import secrets
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CRUMB_CHARACTERS: Final = 43
_NONCE: Final = 12


def new_crumb() -> str:
    """256 random bits, as they fit into a cookie."""
    return secrets.token_urlsafe(32)


def is_crumb(value: str) -> bool:
    """Whether the text has the form of a crumb."""
    return len(value) == CRUMB_CHARACTERS and value.isascii() and value.replace("-", "a").replace("_", "a").isalnum()


@dataclass(frozen=True)
class Seal:
    """The place and the key of one value, both made from the crumb: who holds the store alone can open nothing.

    `purpose` keeps values for different purposes apart. `secret` is the gateways' own.
    """

    crumb: str
    purpose: str
    secret: bytes

    @cached_property
    def name(self) -> str:
        """The key of the value in its bucket."""
        return hashlib.sha256(f"{self.purpose}\0{self.crumb}".encode()).hexdigest()

    def close(self, plain: bytes) -> bytes:
        """Encrypted, and bound to its place."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, zlib.compress(plain, 6), self.name.encode())

    def open(self, closed: bytes) -> bytes | None:
        """The value; None where it was closed with another crumb or secret."""
        try:
            return zlib.decompress(self._cipher.decrypt(closed[:_NONCE], closed[_NONCE:], self.name.encode()))
        except (InvalidTag, ValueError, zlib.error):
            return None

    def derive(self, label: str) -> str:
        """A text that belongs to the crumb and does not give it away."""
        return self._key(f"{self.purpose} {label}").hex()

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self._key(f"{self.purpose} encryption"))

    def _key(self, label: str) -> bytes:
        derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=self.secret, info=f"civic {label}".encode())
        return derivation.derive(self.crumb.encode())
