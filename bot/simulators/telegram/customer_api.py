"""The customer's side over HTTP, for the demo page; the routes are described in the package."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from bot.simulators.telegram.customer import PHONE, Customer, NoSuchButton
from bot.simulators.telegram.files import LARGEST_PHOTO, image_type

if TYPE_CHECKING:
    from bot.simulators.telegram.simulator import TelegramSimulator

QUIET_SECONDS = 15.0
"""How often an idle stream says that it is alive."""


class NewCustomer(BaseModel):
    """Who writes to the bot; `id` brings back a customer of an earlier run."""

    name: str = Field(default="演示客户", min_length=1, max_length=64)
    language: str = Field(default="zh-hans", max_length=16)
    id: int | None = Field(default=None, ge=1, lt=2**52)


class Words(BaseModel):
    """A text, as typed."""

    text: str = Field(min_length=1, max_length=4096)


class Press(BaseModel):
    """A button by its number within its message, or a key of the reply keyboard by its title."""

    message_id: int | None = None
    index: int | None = Field(default=None, ge=0)
    title: str | None = None


class Card(BaseModel):
    """A contact card."""

    phone: str = Field(default=PHONE, min_length=3, max_length=32)


class Place(BaseModel):
    """A point on the map."""

    latitude: float = Field(default=31.2304, ge=-90, le=90)
    longitude: float = Field(default=121.4737, ge=-180, le=180)


class Edit(BaseModel):
    """A new text for an own message."""

    message_id: int
    text: str = Field(min_length=1, max_length=4096)


def customer_routes(platform: TelegramSimulator) -> APIRouter:
    """What the demo page calls."""
    routes = APIRouter(tags=["simulated Telegram"])

    def known(number: int) -> Customer:
        customer = platform.find(number)
        if customer is None:
            raise HTTPException(404, "there is no such customer; POST /customers makes one")
        return customer

    @routes.post("/customers", status_code=201)
    async def enter(new: NewCustomer) -> dict[str, Any]:
        return platform.customer(new.name, new.language, new.id).chat.transcript()

    @routes.get("/customers/{number}/transcript")
    async def transcript(number: int) -> dict[str, Any]:
        return known(number).chat.transcript()

    @routes.post("/customers/{number}/messages", status_code=201)
    async def says(number: int, words: Words) -> dict[str, Any]:
        customer = known(number)
        return customer.chat.shown(customer.says(words.text))

    @routes.post("/customers/{number}/taps", status_code=202)
    async def taps(number: int, press: Press) -> dict[str, bool]:
        button = press.title if press.index is None else press.index
        if button is None:
            raise HTTPException(422, "index or title is needed")
        try:
            known(number).taps(button, press.message_id)
        except NoSuchButton as problem:
            raise HTTPException(409, str(problem)) from None
        return {"ok": True}

    @routes.post("/customers/{number}/photos", status_code=201)
    async def photo(
        number: int, request: Request, caption: str = "", album: str | None = None
    ) -> dict[str, Any]:
        customer = known(number)
        content = await _uploaded(request)
        return customer.chat.shown(customer.sends_photo(content, caption[:1024], album))

    @routes.post("/customers/{number}/contact", status_code=201)
    async def contact(number: int, card: Card | None = None) -> dict[str, Any]:
        customer = known(number)
        return customer.chat.shown(customer.shares_contact((card or Card()).phone))

    @routes.post("/customers/{number}/location", status_code=201)
    async def location(number: int, place: Place | None = None) -> dict[str, Any]:
        customer, place = known(number), place or Place()
        return customer.chat.shown(customer.shares_location(place.latitude, place.longitude))

    @routes.post("/customers/{number}/edits", status_code=202)
    async def edits(number: int, edit: Edit) -> dict[str, Any]:
        customer = known(number)
        message = customer.chat.messages.get(edit.message_id)
        if message is None or message["from"]["is_bot"] or not {"text", "caption"} & message.keys():
            raise HTTPException(409, "not an own message with words")
        return customer.chat.shown(customer.edits(edit.text, edit.message_id))

    @routes.post("/customers/{number}/blocks", status_code=202)
    async def blocks(number: int) -> dict[str, bool]:
        known(number).blocks()
        return {"ok": True}

    @routes.get("/customers/{number}/files/{file_id}")
    async def file(number: int, file_id: str) -> Response:
        known(number)
        found = platform.files.find(file_id)
        mime = image_type(found.content) if found else None
        if found is None or mime is None:
            raise HTTPException(404, "there is no such picture")
        return Response(found.content, media_type=mime, headers={"X-Content-Type-Options": "nosniff"})

    @routes.get("/customers/{number}/events")
    async def events(number: int) -> StreamingResponse:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_stream(known(number)), media_type="text/event-stream", headers=headers)

    return routes


async def _uploaded(request: Request) -> bytes:
    """The picture: the body itself, or the field `photo` of a form."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as form:
            upload = form.get("photo")
            if upload is None or isinstance(upload, str):
                raise HTTPException(422, "the form has no file 'photo'")
            content = await upload.read()
    else:
        content = await request.body()
    if len(content) > LARGEST_PHOTO:
        raise HTTPException(413, "Telegram takes photos of up to 10 MB")
    if image_type(content) is None:
        raise HTTPException(422, "not a JPEG, PNG, GIF or WebP picture")
    return content


async def _stream(customer: Customer) -> AsyncIterator[str]:
    queue: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    def listen(event: str, data: dict[str, Any]) -> None:
        queue.put_nowait((event, data))

    customer.chat.listeners.append(listen)
    try:
        yield ": watching\n\n"
        while True:
            try:
                async with asyncio.timeout(QUIET_SECONDS):
                    event, data = await queue.get()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if event == "end":
                return
            yield f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
    finally:
        customer.chat.listeners.remove(listen)
