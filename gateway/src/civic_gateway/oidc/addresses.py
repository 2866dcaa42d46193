"""Addresses of signing in and out, and the paths that may be returned to."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlsplit

SIGN_IN_PATH: Final = "/anmelden"
RETURN_PATH: Final = "/anmelden/rueckkehr"
SIGN_OUT_PATH: Final = "/abmelden"
BACKCHANNEL_PATH: Final = "/oidc/backchannel-logout"
RETURN_FIELD: Final = "zurueck"
START: Final = "/"

_LONGEST: Final = 2000
_NOT_RETURNED_TO: Final = (SIGN_IN_PATH, SIGN_OUT_PATH, "/oidc", "/api")


def safe_return_path(address: str) -> str:
    """`address` where it is a path of this portal, the start page for everything else.

    Browsers read `//host`, `/\\host` and addresses with stray control characters as other hosts.
    """
    if not address.startswith("/") or len(address) > _LONGEST or not address.isprintable():
        return START
    # Once more as a server or a browser may decode it.
    path = unquote(address.partition("?")[0])
    if path.startswith("//") or "\\" in unquote(address) or not path.isprintable():
        return START
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or address.startswith("//"):
        return START
    if any(path == prefix or path.startswith(f"{prefix}/") for prefix in _NOT_RETURNED_TO):
        return START
    return address
