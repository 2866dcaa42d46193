"""One sign-in under way: state, nonce and PKCE verifier, kept in an encrypted cookie of the browser that began it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from typing import Final, Self

import orjson

from civic_gateway.oidc.cookies import SIGN_IN_COOKIE
from civic_gateway.oidc.seal import Seal

# As long as the realm waits on its sign-in page, and a little for registering.
FLOW_SECONDS: Final = 60 * 60
# Ends the state of a sign-in that began because an earlier one was not recognised: it is not repeated once more.
_SECOND: Final = ".2"


@dataclass(frozen=True, slots=True, repr=False)
class Flow:
    """What has to be known again when the browser comes back."""

    state: str
    nonce: str
    verifier: str
    return_to: str
    began: float

    @classmethod
    def begin(cls, *, return_to: str, now: float, second: bool) -> Self:
        """A new one; `second` for one that repeats another."""
        return cls(
            state=secrets.token_urlsafe(32) + (_SECOND if second else ""),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            return_to=return_to,
            began=now,
        )

    @property
    def cookie(self) -> str:
        """The cookie's name; each tab has its own."""
        return cookie_name(self.state)

    def close(self, secret: bytes) -> str:
        """The cookie's value, which the state opens."""
        fields = {"nonce": self.nonce, "verifier": self.verifier, "return_to": self.return_to, "began": self.began}
        return base64.urlsafe_b64encode(_seal(self.state, secret).close(orjson.dumps(fields))).decode().rstrip("=")

    @classmethod
    def open(cls, state: str, cookie: str, *, secret: bytes, now: float) -> Self | None:
        """None for a cookie of another state, a forged one, and one that is too old."""
        try:
            closed = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
        except (binascii.Error, ValueError):
            return None
        opened = _seal(state, secret).open(closed)
        if opened is None:
            return None
        flow = cls(state=state, **orjson.loads(opened))
        return flow if now - flow.began <= FLOW_SECONDS else None


def is_second(state: str) -> bool:
    """Whether the sign-in of this state repeated another."""
    return state.endswith(_SECOND)


def cookie_name(state: str) -> str:
    """The name of the cookie that belongs to a state."""
    return SIGN_IN_COOKIE + hashlib.sha256(state.encode()).hexdigest()[:16]


def _seal(state: str, secret: bytes) -> Seal:
    return Seal(state, "sign-in", secret)
