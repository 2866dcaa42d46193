"""Cookies of the gateway: HttpOnly, SameSite=Lax, and Secure wherever the portal is reached through TLS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

SESSION_COOKIE: Final = "civic_session"
DRAFT_COOKIE: Final = "civic_draft"
# One for each sign-in under way; the rest of the name comes from its state.
SIGN_IN_COOKIE: Final = "civic_signin_"


@dataclass(frozen=True, slots=True)
class Cookies:
    """Sets and removes them all the same way."""

    secure: bool

    def put(self, response: Response, name: str, value: str, *, path: str = "/", seconds: int | None = None) -> None:
        """Without `seconds` the cookie ends with the browser."""
        response.set_cookie(name, value, max_age=seconds, path=path, secure=self.secure, httponly=True, samesite="lax")

    def remove(self, response: Response, name: str, *, path: str = "/") -> None:
        """Takes it back."""
        response.delete_cookie(name, path=path, secure=self.secure, httponly=True, samesite="lax")

    def removal(self, name: str) -> tuple[bytes, bytes]:
        """The header that takes a cookie of the whole portal back."""
        response = Response()
        self.remove(response, name)
        return b"set-cookie", response.headers["set-cookie"].encode("latin-1")


def cookie_of(request: Request, name: str) -> str:
    """The value of a cookie; empty without one."""
    return request.cookies.get(name, "")


def session_crumb(scope: Scope) -> str | None:
    """The session cookie's value, read without parsing the others; None without one."""
    for value in _cookie_headers(scope["headers"]):
        for crumb in value.split(b";"):
            name, _, content = crumb.strip().partition(b"=")
            if name == b"civic_session":
                return content.decode("latin-1")
    return None


def _cookie_headers(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[bytes]:
    return (value for name, value in headers if name == b"cookie")
