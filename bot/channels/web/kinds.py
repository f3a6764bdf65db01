"""What a file is, by its bytes: the kinds that the page may send, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from bot.messages import AttachmentKind


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file; `suffix` is that of its stored name."""

    suffix: str
    mime: str
    sort: AttachmentKind


def _of(sort: AttachmentKind, **types: str) -> dict[str, Kind]:
    return {suffix: Kind(suffix, mime, sort) for suffix, mime in types.items()}


OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = {
    **_of("photo", jpg="image/jpeg", png="image/png", gif="image/gif", webp="image/webp", heic="image/heic"),
    **_of("video", mp4="video/mp4", mov="video/quicktime", webm="video/webm"),
    **_of("voice", weba="audio/webm", m4a="audio/mp4", mp3="audio/mpeg", ogg="audio/ogg", wav="audio/wav",
          amr="audio/amr", aac="audio/aac"),
    **_of("document", pdf="application/pdf", docx=f"{OFFICE}wordprocessingml.document",
          xlsx=f"{OFFICE}spreadsheetml.sheet"),
}  # fmt: skip
"""By suffix."""
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_MP4_BRANDS = frozenset(
    (
        b"isom",
        b"iso2",
        b"iso4",
        b"iso5",
        b"iso6",
        b"dash",
        b"mp41",
        b"mp42",
        b"avc1",
        b"M4V ",
        b"3gp4",
        b"3gp5",
    )
)
_BEGINNINGS = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"%PDF-", "pdf"),
    (b"OggS", "ogg"),
    (b"#!AMR", "amr"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"\xff\xf3", "mp3"),
    (b"\xff\xf1", "aac"),
    (b"\xff\xf9", "aac"),
)
_EBML = b"\x1a\x45\xdf\xa3"
_SOUND = {"webm": "weba", "mp4": "m4a"}
"""Containers of pictures that a recorder fills with sound alone."""


def sniff(head: bytes, claimed: str = "") -> Kind | None:
    """The kind its first bytes say it is, or None for one that is not taken.

    What a browser claims decides only whether a container of moving pictures is a recorded voice.
    """
    suffix = _suffix(head)
    if suffix in _SOUND and claimed.partition("/")[0].strip().lower() == "audio":
        suffix = _SOUND[suffix]
    return KINDS[suffix] if suffix else None


def _suffix(head: bytes) -> str | None:
    for beginning, suffix in _BEGINNINGS:
        if head.startswith(beginning):
            return suffix
    if head.startswith(b"RIFF"):
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    if head.startswith(_EBML):
        return "webm" if b"webm" in head[:64] else None
    if head.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in head:
        return "docx" if b"word/" in head else "xlsx" if b"xl/" in head else None
    return None


def _of_brand(brand: bytes) -> str | None:
    if brand in _HEIC_BRANDS:
        return "heic"
    if brand == b"qt  ":
        return "mov"
    if brand in (b"M4A ", b"M4B "):
        return "m4a"
    return "mp4" if brand in _MP4_BRANDS else None
