"""Articles' pictures as files under their digest: channels send them, browsers fetch them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

PREFIX = "/articles/"
_NAME = re.compile(r"[0-9a-f]{64}\.(?:png|jpe?g|gif|webp)")
_AGE = "public, max-age=31536000, immutable"


def lay_out(folder: Path, name: str, content: bytes) -> str:
    """Keep a picture in the folder under its digest; its address on this desk."""
    kept = f"{hashlib.sha256(content).hexdigest()}{PurePosixPath(name).suffix.lower()}"
    path = folder / kept
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.replace(path)
    return PREFIX + kept


def file_of(folder: Path | None, address: str) -> Path | None:
    """The file of a picture's address, or None where the address is no picture of ours."""
    name = address.removeprefix(PREFIX)
    if folder is None or name == address or not _NAME.fullmatch(name):
        return None
    return folder / name


def pictures_router(folder: Path) -> APIRouter:
    """The route of `/articles/<digest>.<kind>`."""
    router = APIRouter(tags=["articles"])

    @router.get(PREFIX + "{name}")
    async def picture(name: str) -> FileResponse:
        path = file_of(folder, PREFIX + name)
        if path is None or not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, headers={"Cache-Control": _AGE, "X-Content-Type-Options": "nosniff"})

    return router
