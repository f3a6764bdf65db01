"""The provider of OpenID Connect: where it is found, what it is asked, what its word is worth.

Authlib and joserfc make the requests and judge the tokens; aiohttp carries them, within limits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.console.oidc.settings import OidcSettings, is_near

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by keys that only the provider holds: no `none`, nothing by a shared secret."""
LARGEST = 1_000_000
"""Bytes of an answer."""
KEPT = timedelta(hours=1)
LOOKED_AGAIN = timedelta(minutes=1)
"""How soon after each other keys may be fetched for one that is not known."""
LEEWAY_SECONDS = 60


class OidcProblem(Exception):
    """No sign-in; `word` is a key of `problems`, the message is for the log."""

    def __init__(self, word: str, why: str) -> None:
        super().__init__(why)
        self.word = word


class Provider:
    """One provider; `clock` is the time, `back` the address it sends browsers back to."""

    def __init__(self, settings: OidcSettings, back: str, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._back = back
        self._clock = clock
        self._said: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    async def address(self, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes to sign in; raises OidcProblem."""
        said = await self._metadata()
        found, _ = self._client().create_authorization_url(
            said["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
        )
        return str(found)

    async def claims(self, code: str, nonce: str, verifier: str) -> Mapping[str, Any]:
        """What the provider says of whoever brings the code; raises OidcProblem."""
        answer = await self._exchanged(code, verifier)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise OidcProblem("oidc_failed", "no id_token")
        return await self._verified(token, nonce, answer.get("access_token"))

    async def _exchanged(self, code: str, verifier: str) -> dict[str, Any]:
        from authlib.oauth2.client import DEFAULT_HEADERS
        from authlib.oauth2.rfc6749.parameters import prepare_token_request

        said, client = await self._metadata(), self._client()
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=self._back, code_verifier=verifier
        )
        known = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"
        auth = client.client_auth(method if client.client_secret else "none")
        url, headers, body = auth.prepare("POST", said["token_endpoint"], dict(DEFAULT_HEADERS), body)
        return await self._asked("POST", url, headers, body)

    async def _verified(self, token: str, nonce: str, access_token: Any) -> Mapping[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        settings = self._settings
        wanted = {"iss": {"value": settings.issuer}, "aud": {"value": settings.client_id}}
        told = {"nonce": nonce, "client_id": settings.client_id, "access_token": access_token}
        try:
            read = jwt.decode(token, await self._keys_for(token), algorithms=ALGORITHMS)
            claims = CodeIDToken(read.claims, read.header, wanted, told)
            claims.validate(int(self._clock().timestamp()), LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as problem:
            raise OidcProblem("oidc_failed", f"id_token: {type(problem).__name__} {problem}"[:200]) from None
        return dict(claims)

    async def _metadata(self) -> dict[str, Any]:
        """What the provider says of itself, fetched at most once an hour."""
        now = self._clock()
        if self._said is None or now - self._said[0] > KEPT:
            issuer = str(self._settings.issuer)
            said = await self._asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if said.get("issuer") != issuer:
                raise OidcProblem(
                    "oidc_down", "the provider calls itself by another name than console.oidc.issuer"
                )
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                self._checked(said.get(name), name)
            self._said = (now, said)
        return self._said[1]

    def _checked(self, address: Any, name: str) -> None:
        safe = isinstance(address, str) and (
            address.startswith("https://") or (is_near(address) and is_near(str(self._settings.issuer)))
        )
        if not safe:
            raise OidcProblem("oidc_down", f"the provider's {name} is no https address")

    async def _keys_for(self, token: str) -> KeySet:
        """The provider's keys; fetched anew where the token's is not among them."""
        from joserfc.jws import extract_compact

        now, kid = self._clock(), extract_compact(token.encode()).headers().get("kid")
        if self._keys is not None:
            at, kept = self._keys
            known = kid is None or any(key.kid == kid for key in kept.keys)
            if now - at < (KEPT if known else LOOKED_AGAIN):
                return kept
        found = _key_set(await self._asked("GET", (await self._metadata())["jwks_uri"]))
        self._keys = (now, found)
        return found

    def _client(self) -> Any:
        from authlib.oauth2.client import OAuth2Client

        settings = self._settings
        secret = settings.client_secret.get_secret_value() if settings.client_secret else None
        return OAuth2Client(
            None, settings.client_id, secret, scope=" ".join(settings.scopes), redirect_uri=self._back,
            code_challenge_method="S256",
        )  # fmt: skip

    async def _asked(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> dict[str, Any]:
        """The JSON object it answers; raises OidcProblem."""
        import aiohttp

        limit = aiohttp.ClientTimeout(total=self._settings.timeout_seconds)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.request(method, url, headers=headers, data=body, allow_redirects=False) as answer,
            ):
                status, raw = answer.status, b""
                async for part in answer.content.iter_chunked(65_536):
                    raw += part
                    if len(raw) > LARGEST:
                        raise OidcProblem("oidc_down", "an answer of the provider is too large")
            said = json.loads(raw)
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            raise OidcProblem("oidc_down", f"the provider: {type(problem).__name__}") from None
        if status == 200 and isinstance(said, dict):
            return said
        refused = method == "POST" and 400 <= status < 500
        raise OidcProblem("oidc_failed" if refused else "oidc_down", f"the provider answered {status}")


def _key_set(said: Mapping[str, Any]) -> KeySet:
    """The keys for signatures among those, without kinds that are not known here."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet, import_key

    found = []
    for one in said.get("keys") or []:
        if not isinstance(one, dict) or one.get("kty") not in ("RSA", "EC", "OKP") or one.get("use") == "enc":
            continue
        try:
            found.append(import_key(one))
        except (JoseError, ValueError, KeyError):
            continue
    return KeySet(found)
