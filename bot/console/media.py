"""Customers' files in an agent's browser: for who has the conversation, and supervisors; never run."""

from __future__ import annotations

import asyncio
import hashlib

from fastapi import APIRouter, Request, Response

from bot.console.forms import LARGEST_ID
from bot.console.masking import sight
from bot.console.parts import Parts
from bot.console.reading import file_of
from bot.media import MediaShelf
from storage import Tx

SIGNS = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"OggS", 0, "audio/ogg"),
    (b"ID3", 0, "audio/mpeg"),
    (b"ftyp", 4, "video/mp4"),
    (b"#!AMR", 0, "audio/amr"),
)
POLICY = "default-src 'none'; sandbox"
KEPT = "private, no-cache"
"""A browser asks before it shows what it kept: the right to see it may be gone."""


def kind_of(head: bytes) -> str | None:
    """The type that the bytes themselves show; None for whatever could be more than a picture or sound."""
    return next((kind for sign, at, kind in SIGNS if head[at : at + len(sign)] == sign), None)


def router(parts: Parts) -> APIRouter:
    """The files at /media/{id}, by the number of their attachment."""
    routes, shelf = APIRouter(), MediaShelf(parts.settings.data_path / "media")

    @routes.get("/media/{attachment_id:int}")
    async def file(request: Request, attachment_id: int) -> Response:
        visitor, since = await parts.guard.visitor(request), parts.reveals_since()

        def look(tx: Tx) -> str | None:
            found = file_of(tx, attachment_id) if attachment_id < LARGEST_ID else None
            return found[0] if found and sight(tx, visitor, since).shows_files(found[1]) else None

        name = await parts.store.read(look)
        path = shelf.path(name) if name and "/" not in name else None
        if name is None or path is None or not await asyncio.to_thread(path.is_file):
            return parts.pages.problem(request, 404, "not_found")
        mark = f'"{hashlib.sha256(name.encode()).hexdigest()[:20]}"'  # what a name stands for never changes
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": KEPT, "ETag": mark}
        if mark in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        content = await asyncio.to_thread(path.read_bytes)
        kind = kind_of(content[:16])
        if kind is None:
            headers["Content-Disposition"] = f'attachment; filename="file-{attachment_id}"'
        return Response(content, media_type=kind or "application/octet-stream", headers=headers)

    return routes
