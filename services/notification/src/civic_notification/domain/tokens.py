"""Tokens that a mail carries out of the house: they say nothing about the person, and nobody else can make one."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from civic_chassis.kernel.call import is_tenant

_MAC_BYTES = 16
# Must fit before the @ of a return path, in letters whose case does not count: 24 bytes are 39 of them.
_SHORT_MAC_BYTES = 8
TOKEN_MAX = 500


class Scope(StrEnum):
    """What the link in a mail is for."""

    OBJECT = "o"
    DIGEST = "d"
    KIND = "k"
    # Not left but answered, or looked at: a question whether to follow, and all that a guest follows.
    QUESTION = "q"
    MANAGE = "m"


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a token is for: it ends a following by its id, a digest (`tenant` and rhythm in `detail`), or a kind in
    `detail`; or it answers the question with the id in `detail`; or it manages all that the recipient follows."""

    recipient: UUID
    scope: Scope
    detail: str
    tenant: str = ""


def sign(leaving: Leaving, secret: bytes) -> str:
    """The token of a link: it holds while the recipient is known."""
    body = leaving.recipient.bytes + f"{leaving.scope}|{leaving.tenant}|{leaving.detail}".encode()
    return base64.urlsafe_b64encode(_mac(b"leave", body, secret)[:_MAC_BYTES] + body).rstrip(b"=").decode()


def read(token: str, secret: bytes) -> Leaving | None:
    """None for a token that is damaged or not ours."""
    if not token or len(token) > TOKEN_MAX or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if len(body) < 16 or not hmac.compare_digest(mac, _mac(b"leave", body, secret)[:_MAC_BYTES]):
        return None
    scope, tenant, detail = body[16:].decode().split("|", 2)
    if tenant and not is_tenant(tenant):
        return None
    return Leaving(UUID(bytes=body[:16]), Scope(scope), detail, tenant)


def return_token(letter: UUID, secret: bytes) -> str:
    """What names a letter in the return path of its mail (VERP)."""
    raw = letter.bytes + _mac(b"return", letter.bytes, secret)[:_SHORT_MAC_BYTES]
    return base64.b32encode(raw).rstrip(b"=").decode().lower()


def read_return_token(token: str, secret: bytes) -> UUID | None:
    """The letter; None where the token is none of ours, so that nobody can make mail to others stop."""
    if len(token) != 39 or not token.isascii():
        return None
    try:
        raw = base64.b32decode(token.upper() + "=")
    except binascii.Error:
        return None
    letter, mac = raw[:16], raw[16:]
    if not hmac.compare_digest(mac, _mac(b"return", letter, secret)[:_SHORT_MAC_BYTES]):
        return None
    return UUID(bytes=letter)


def _mac(purpose: bytes, body: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, purpose + b"\x00" + body, sha256).digest()
