"""An issuer of signed access tokens for service tests; sign-in itself is tested against the real Keycloak."""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from joserfc import jwt
from joserfc.jwk import RSAKey

from civic_chassis.kernel.clock import Clock

AUDIENCE = "civic-api"


class Issuer:
    """Signs tokens with a key of its own and serves the public half at `jwks_url`."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "test-1", "use": "sig", "alg": "RS256"})
        self.keys: list[RSAKey] = [self.key]
        self.fetches = 0
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self.open()
        self.url = f"http://127.0.0.1:{self._port}/realms/test"
        self.jwks_url = f"{self.url}/protocol/openid-connect/certs"

    def open(self) -> None:
        """Answers, under the same address as before."""
        if self._server is None:
            self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
            self._port = self._server.server_address[1]
            Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Answers no more; nobody listens on its port."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def issue(
        self,
        name: str,
        *,
        clock: Clock,
        groups: Iterable[str] = (),
        realm_roles: Iterable[str] = (),
        lifetime: timedelta = timedelta(minutes=5),
        key: RSAKey | None = None,
        **claims: Any,
    ) -> str:
        """A token of the person `name`, whose subject is `subject_of(name)`. `claims` replace what would be there."""
        now = int(clock.now().timestamp())
        content = {
            "iss": self.url,
            "aud": [AUDIENCE, "account"],
            "azp": "civic-web",
            "typ": "Bearer",
            "sub": subject_of(name),
            "preferred_username": name,
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
            "groups": list(groups),
            "realm_access": {"roles": list(realm_roles)},
        } | claims
        signing = key or self.key
        return jwt.encode({"alg": "RS256", "kid": signing.kid}, content, signing)

    def jwks(self) -> Mapping[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self.keys]}


def subject_of(name: str) -> str:
    """The subject of a test person: always the same for the same name."""
    return str(uuid5(NAMESPACE_URL, f"person:{name}"))


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.fetches += 1
            discovery = self.path.endswith("/.well-known/openid-configuration")
            body = {"issuer": issuer.url, "jwks_uri": issuer.jwks_url} if discovery else issuer.jwks()
            content = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests have their own output."""

    return Handler
