"""A small OpenID Connect provider on this machine, with a key of its own; what it says can be spoilt."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "desk", "a secret of both"


@dataclass
class LocalProvider:
    """Answers as `claims` say of whoever signs in; keys and answers are the test's to change."""

    clock: Callable[[], datetime]
    key: RSAKey
    claims: dict[str, Any] = field(default_factory=dict)
    signed_by: RSAKey | None = None
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    status: int = 200
    issuer: str = ""
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    async def start(self) -> TestServer:
        """Listens on a free port of this machine."""
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self.configuration)
        app.router.add_get("/keys", self.keys)
        app.router.add_post("/token", self.token)
        server = TestServer(app)
        await server.start_server()
        self.issuer = str(server.make_url("")).rstrip("/")
        return server

    def sign_in(self, address: str) -> dict[str, str]:
        """Whoever was sent to the address signs in: what the browser brings back."""
        wish = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (wish["response_type"], wish["client_id"]) == ("code", CLIENT)
        assert wish["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = wish
        return {"code": code, "state": wish["state"], "iss": self.issuer}

    async def configuration(self, _request: web.Request) -> web.Response:
        self.asked.append("configuration")
        here = self.issuer
        said = {
            "issuer": here,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
        }
        return web.json_response({**said, "jwks_uri": f"{here}/keys"}, status=self.status)

    async def keys(self, _request: web.Request) -> web.Response:
        self.asked.append("keys")
        odd = {"kty": "new", "kid": "later"}
        return web.json_response({"keys": [odd, self.key.as_dict(private=False)]})

    async def token(self, request: web.Request) -> web.Response:
        self.asked.append("token")
        form = dict(await request.post())
        wish = self.codes.pop(str(form["code"]), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        assert request.headers["authorization"] == f"Basic {basic}"
        proof = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        fits = wish and base64.urlsafe_b64encode(proof).decode().rstrip("=") == wish["code_challenge"]
        if wish is None or not fits or form["redirect_uri"] != wish["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(self.clock().timestamp())
        said = {"iss": self.issuer, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 300}
        said |= {"nonce": wish["nonce"], "preferred_username": "li.na", **self.claims}
        token = jwt.encode(self.header, said, self.signed_by or self.key, algorithms=["RS256", "HS256"])
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": token})


def new_key(kid: str = "one") -> RSAKey:
    """A key for RS256."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})
