"""Files of static folders, read once and served by name with their type and a fingerprint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request, Response

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    content: bytes
    type: str
    etag: str


class Assets:
    """The folders' files, the first folder's first; a name that is not one of them is not there."""

    def __init__(self, *folders: Path) -> None:
        self._assets = {
            path.name: _Asset(content, _TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:20]}"')
            for folder in reversed(folders)
            for path in sorted(folder.iterdir())
            if path.suffix in _TYPES
            for content in [path.read_bytes()]
        }

    def serve(self, name: str, request: Request) -> Response:
        """The file, 304 when the browser has it, 404 when there is none of that name."""
        asset = self._assets.get(name)
        if asset is None:
            return Response(status_code=404)
        headers = {"ETag": asset.etag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == asset.etag:
            return Response(status_code=304, headers=headers)
        return Response(asset.content, media_type=asset.type, headers=headers)
