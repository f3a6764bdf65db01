"""The calls of WeChat's server API that the channel needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import ClientResponse

from bot.channels.protocol import DeliveryProblem, MediaGone, OutcomeUnknown, Picture, TryLater
from bot.channels.wechat.http import Http, Json, parsed
from bot.channels.wechat.problems import MEDIA_GONE, TOKEN_REFUSED, ApiProblem, for_delivery
from bot.channels.wechat.tokens import AccessTokens, TokenShelf

CHUNK = 65_536
UPLOAD = "/cgi-bin/media/upload"
MEDIA = "/cgi-bin/media/get"
MAX_JSON = 65_536


class WeChatApi:
    """One account's API; a refused token is replaced once per call, never again within it."""

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        http: Http,
        shelf: TokenShelf,
        clock: Callable[[], datetime],
    ) -> None:
        self._app_id = app_id
        self._secret = app_secret
        self._http = http
        self._clock = clock
        self.tokens = AccessTokens(self._new_token, shelf, clock)

    async def call(self, path: str, body: Json) -> Json:
        """POST to an API path; raises ApiProblem for WeChat's refusals, TryLater or OutcomeUnknown."""
        return await self._with_token(lambda query: self._http.post(path, body, query))

    async def upload(self, picture: Picture, kind: str = "image") -> str:
        """Give WeChat a picture or file, kept for three days; its media id. Raises ApiProblem or TryLater."""
        try:
            answer = await self._with_token(
                lambda query: self._http.post_file(UPLOAD, picture, {**query, "type": kind})
            )
        except OutcomeUnknown as problem:
            # Nothing reached a customer: uploading again is safe.
            raise TryLater(f"not uploaded: {problem}") from None
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise TryLater("not uploaded: the answer has no media id")
        return media_id

    async def _with_token(self, post: Callable[[dict[str, str]], Awaitable[Json]]) -> Json:
        token = await self.tokens.current()
        answer = await post({"access_token": token})
        if answer.get("errcode") in TOKEN_REFUSED:
            token = await self.tokens.replace(token)
            answer = await post({"access_token": token})
        return _checked(answer)

    async def media(self, media_id: str, limit: int) -> AsyncIterator[bytes]:
        """A customer's file in chunks; raises MediaGone beyond `limit` bytes or when it has expired."""
        async with self._file(media_id) as answer:
            async for chunk in _limited(answer, limit):
                yield chunk

    async def close(self) -> None:
        """Close the HTTP client."""
        await self._http.close()

    @asynccontextmanager
    async def _file(self, media_id: str) -> AsyncIterator[ClientResponse]:
        """The response that holds the file; for a video that is where WeChat's answer points to."""
        token = await self.tokens.current()
        described: Json | None = None
        for last_try in (False, True):
            query = {"access_token": token, "media_id": media_id}
            async with self._http.get(MEDIA, query) as answer:
                described = await _described(answer)
                if described is None:
                    yield answer
                    return
            if described.get("errcode") not in TOKEN_REFUSED or last_try:
                break
            token = await self.tokens.replace(token)
        assert described is not None
        async with self._http.get(self._video_url(described)) as answer:
            if answer.status != 200:
                raise MediaGone(f"HTTP {answer.status}")
            yield answer

    def _video_url(self, described: Json) -> str:
        code = described.get("errcode")
        if code in MEDIA_GONE:
            raise MediaGone(f"{code}")
        if code:
            raise self.explained(ApiProblem(code, str(described.get("errmsg", ""))))
        url = described.get("video_url")
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            raise MediaGone("no address of the video")
        return url

    def explained(self, problem: ApiProblem) -> DeliveryProblem:
        """What a delivery that met this refusal is to do."""
        return for_delivery(problem, self._clock)

    async def _new_token(self, force: bool) -> tuple[str, float]:
        try:
            answer = _checked(await self._ask_token(force))
        except OutcomeUnknown as problem:
            # Nothing reached a customer: asking again is safe.
            raise TryLater(f"no access token: {problem}") from None
        except ApiProblem as problem:
            raise self._no_token(problem) from None
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int | float):
            raise TryLater("no access token: the answer has none")
        return token, float(seconds)

    async def _ask_token(self, force: bool) -> Json:
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": force,
        }
        return await self._http.post("/cgi-bin/stable_token", body)

    def _no_token(self, problem: ApiProblem) -> TryLater:
        found = self.explained(problem)
        if isinstance(found, TryLater):
            return found
        return TryLater(f"no access token: {problem}", 60.0, account_wide=True)


def _checked(answer: Json) -> Json:
    code = answer.get("errcode", 0)
    if code:
        raise ApiProblem(code if isinstance(code, int) else 0, str(answer.get("errmsg", "")))
    return answer


async def _described(answer: ClientResponse) -> Json | None:
    """The JSON that came instead of a file, or None when the file came."""
    if answer.status != 200:
        raise TryLater(f"HTTP {answer.status}")
    if answer.content_type not in ("application/json", "text/plain"):
        return None
    return parsed(b"".join([chunk async for chunk in _limited(answer, MAX_JSON)]))


async def _limited(answer: ClientResponse, limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in answer.content.iter_chunked(CHUNK):
        size += len(chunk)
        if size > limit:
            raise MediaGone(f"larger than {limit} bytes")
        yield chunk
