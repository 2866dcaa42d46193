"""Which certificates this process trusts when it speaks HTTPS."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """One for all clients of the process: reading the authorities takes tens of milliseconds each time."""
    return httpx.create_ssl_context()
