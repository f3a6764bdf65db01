"""Files: known by their bytes, kept for their sender alone; nothing runs (A2, I3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import pytest

from bot.channels.protocol import MediaGone
from bot.channels.web.history import Line, presented
from bot.channels.web.kinds import sniff
from bot.channels.web.uploads import called
from bot.messages import Attachment

ID = "photo-0001"
DOCX = b"PK\x03\x04\x14\x00" + b"\x00" * 24 + b"[Content_Types].xml" + b"\x00" * 9 + b"word/document.xml"
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm"


async def send(
    visitor: Any, content: bytes, name: str = "x.png", kind: str = "image/png", **extra: Any
) -> Any:
    data = {"id": ID, **extra}
    return await visitor.post("/chat/files", data=data, files={"file": (name, content, kind)})


async def test_a_photo_is_stored_and_handed_to_the_desk(chat: Any, png: bytes) -> None:
    visitor = await chat.visitor()
    answer = await send(visitor, png, language="en")
    assert answer.status_code == 200
    (attachment,) = chat.desk.received[0].attachments
    assert (attachment.kind, attachment.mime, attachment.size) == ("photo", "image/png", len(png))
    assert b"".join([chunk async for chunk in chat.web.fetch(attachment)]) == png
    shown = await visitor.get(answer.json()["file"]["url"])
    assert shown.content == png
    assert shown.headers["content-type"] == "image/png"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["x-content-type-options"] == "nosniff"
    history = (await visitor.get("/chat/history")).json()["messages"]
    assert history[0]["files"] == [answer.json()["file"]]


async def test_nobody_else_sees_it(chat: Any, png: bytes) -> None:
    url = (await send(await chat.visitor(), png)).json()["file"]["url"]
    other = await chat.visitor()
    assert (await other.get(url)).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["..%2f..%2fetc%2fpasswd", "a.png", "0" * 32 + ".svg", "0" * 32 + ".png", "%2e%2e", ".part", "A" * 5000],
)
async def test_names_that_are_not_ours_do_not_exist(chat: Any, png: bytes, name: str) -> None:
    visitor = await chat.visitor()
    await send(visitor, png)
    assert (await visitor.get(f"/chat/media/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("content", "claimed"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        (b"<html><script>alert(1)</script>", "image/png"),
        (b"\x89PNG\r\n", "image/png"),
        (b"GIF", "image/gif"),
        (b"PK\x03\x04 a zip of anything", "application/zip"),
        (b"\xd0\xcf\x11\xe0 an old document with macros", "application/msword"),
        (b"MZ a program", "application/pdf"),
        (b"#!/bin/sh", "audio/mpeg"),
        (b"\x1a\x45\xdf\xa3 matroska", "video/webm"),
        (b"RIFF\x00\x00\x00\x00AVI ", "image/webp"),
        (b"\x00\x00\x00\x18ftypjunk", "image/heic"),
        (b"", "image/png"),
    ],
)
async def test_what_is_not_taken_is_refused_whatever_it_claims(
    chat: Any, content: bytes, claimed: str
) -> None:
    visitor = await chat.visitor()
    answer = await send(visitor, content, "photo.png", claimed)
    assert (answer.status_code, answer.json()["error"]) == (415, "not_taken")
    assert not chat.desk.received
    assert not [path for path in chat.media.rglob("*") if path.is_file()]


async def test_the_name_and_claimed_type_count_for_nothing(chat: Any, jpeg: bytes) -> None:
    visitor = await chat.visitor()
    answer = await send(visitor, jpeg, "../../evil.svg\u202egnp.exe", "image/svg+xml; x")
    assert answer.json()["file"]["url"].endswith(".jpg")
    assert (await visitor.get(answer.json()["file"]["url"])).headers["content-type"] == "image/jpeg"


async def test_too_large_is_413_and_leaves_nothing(open_chat: Any, png: bytes) -> None:
    chat = open_chat(max_upload_bytes=4096)
    visitor = await chat.visitor()
    assert (await send(visitor, png + bytes(5000))).status_code == 413
    assert (await send(visitor, png + bytes(200_000))).status_code == 413
    assert not [path for path in chat.media.rglob("*") if path.is_file()]
    assert not chat.desk.received


async def test_a_repeated_upload_is_kept_once(chat: Any, png: bytes) -> None:
    visitor = await chat.visitor()
    await send(visitor, png)
    again = await send(visitor, png)
    assert again.json()["duplicate"]
    assert len([path for path in chat.media.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("headers", [{"origin": "http://evil.test"}, {"sec-fetch-site": "cross-site"}])
async def test_other_sites_cannot_upload(chat: Any, png: bytes, headers: dict[str, str]) -> None:
    visitor = await chat.visitor()
    answer = await visitor.post("/chat/files", data={"id": ID}, files={"file": ("x", png)}, headers=headers)
    assert answer.status_code == 403


async def test_broken_forms_are_refused(chat: Any, png: bytes) -> None:
    visitor = await chat.visitor()
    form = {"content-type": "multipart/form-data; boundary=x"}
    for content in (b"", b"garbage", b"--x\r\ncontent-disposition: nonsense\r\n\r\n"):
        answer = await visitor.post("/chat/files", content=content, headers=form)
        assert answer.status_code == 400, content
    no_boundary = await visitor.post(
        "/chat/files", content=b"", headers={"content-type": "multipart/form-data"}
    )
    assert no_boundary.status_code == 400
    assert (await visitor.post("/chat/files", data={"id": ID})).status_code == 415
    assert (await visitor.post("/chat/files", files={"file": ("x", png)})).status_code == 400
    assert not chat.desk.received


async def test_uploads_are_rate_limited(open_chat: Any, tight: Any, png: bytes) -> None:
    chat = open_chat(limits=tight)
    visitor = await chat.visitor()
    assert [(await send(visitor, png)).status_code for _ in range(3)] == [200, 200, 429]


async def test_a_full_disk_is_said_so(chat: Any, png: bytes) -> None:
    visitor = await chat.visitor()
    chat.media.parent.mkdir(exist_ok=True)
    chat.media.write_text("a file where the folder should be")
    answer = await send(visitor, png)
    assert (answer.status_code, answer.json()["error"]) == (507, "no_space")


@pytest.mark.parametrize("ref", ["gone", "../../etc/passwd", "v" + "0" * 40 + "/" + "0" * 32 + ".png"])
async def test_fetching_what_is_not_there(chat: Any, ref: str) -> None:
    with pytest.raises(MediaGone):
        async for _chunk in chat.web.fetch(Attachment("photo", ref)):
            pass


@pytest.mark.parametrize(
    ("head", "claimed", "kind"),
    [
        (b"\xff\xd8\xff\xe1rest", "", ("jpg", "photo")),
        (b"\x89PNG\r\n\x1a\nrest", "audio/webm", ("png", "photo")),
        (b"GIF89a", "", ("gif", "photo")),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "", ("webp", "photo")),
        (b"\x00\x00\x00\x18ftypheic", "", ("heic", "photo")),
        (b"\x00\x00\x00\x18ftypmif1", "", ("heic", "photo")),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4", ("mp4", "video")),
        (b"\x00\x00\x00\x18ftypqt  ", "", ("mov", "video")),
        (WEBM, "video/webm", ("webm", "video")),
        (WEBM, "audio/webm;codecs=opus", ("weba", "voice")),
        (b"\x00\x00\x00\x18ftypiso5", "audio/mp4", ("m4a", "voice")),
        (b"OggS", "video/ogg", ("ogg", "voice")),
        (b"ID3", "", ("mp3", "voice")),
        (b"RIFF\x10\x00\x00\x00WAVE", "", ("wav", "voice")),
        (b"%PDF-1.7", "image/jpeg", ("pdf", "document")),
        (DOCX, "application/zip", ("docx", "document")),
        (b"<svg", "image/svg+xml", None),
        (b"BM", "image/bmp", None),
    ],
)
def test_sniffing(head: bytes, claimed: str, kind: tuple[str, str] | None) -> None:
    """A2: the bytes decide; a claim only tells a recorded voice from a film."""
    found = sniff(head, claimed)
    assert (found and (found.suffix, found.sort)) == kind


@pytest.mark.parametrize(
    ("content", "name", "claimed", "kind", "mime"),
    [
        (WEBM, "voice", "audio/webm", "voice", "audio/webm"),
        (b"\x00\x00\x00\x18ftypmp42", "film.mp4", "video/mp4", "video", "video/mp4"),
        (b"%PDF-1.7 invoice", "发票 2024.pdf", "application/pdf", "document", "application/pdf"),
    ],
)
async def test_voice_video_and_documents_are_sent_too(
    chat: Any, content: bytes, name: str, claimed: str, kind: str, mime: str
) -> None:
    """A2: handed to the desk, in the history, given back to their sender; a document only to be saved."""
    visitor = await chat.visitor()
    answer = await send(visitor, content, name, claimed)
    assert answer.status_code == 200
    (attachment,) = chat.desk.received[0].attachments
    assert (attachment.kind, attachment.mime, attachment.size) == (kind, mime, len(content))
    assert attachment.name == (name if kind == "document" else "")
    (line,) = (await visitor.get("/chat/history")).json()["messages"][:1]
    assert line["files"] == [{"kind": kind, "url": answer.json()["file"]["url"], "name": attachment.name}]
    shown = await visitor.get(answer.json()["file"]["url"])
    assert shown.content == content
    assert shown.headers["content-type"] == mime
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    saved = shown.headers.get("content-disposition", "")
    assert saved == ('attachment; filename="document.pdf"' if kind == "document" else "")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "document.pdf"),
        ("..\\boot.ini.pdf", "boot ini.pdf"),
        ("发票\u202e fdp.exe.pdf", "发票 fdp exe.pdf"),
        ("<b>x</b>.docx", "b.pdf"),
        ("in\u200bvoice\r\nX: y.pdf", "in voice X y.pdf"),
        ("a" * 300 + ".pdf", "a" * 80 + ".pdf"),
        ("", "document.pdf"),
    ],
)
def test_names_of_documents_are_harmless(given: str, shown: str) -> None:
    """A2, I3: letters and digits, and the suffix that the bytes have."""
    assert called(given, "pdf") == shown


async def test_a_file_of_an_agent_is_only_offered() -> None:
    """G2: kept under its name, never played or opened, whatever kind it is."""
    file = {"address": "/sent/a.20260401.0", "name": "x.ogg", "kind": "voice"}
    line = Line(2, "agent", {"text": "请听", "file": file}, datetime(2026, 3, 2, tzinfo=UTC))
    (shown,) = await presented(Mock(), [line], "v1")
    assert shown["files"] == [{"kind": "document", "url": "/sent/a.20260401.0", "name": "x.ogg"}]
