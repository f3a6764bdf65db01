"""The lean HTTP client: answers of every shape, connections kept and lost, TLS checked."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.channels.telegram.errors import AnswerTimedOut, NotAnswered, NotSent
from bot.channels.telegram.request import AiohttpRequest
from bot.channels.telegram.wire import Wire

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue"


@asynccontextmanager
async def server(talk: Talk, **options: Any) -> AsyncIterator[int]:
    async def kindly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(kindly, "127.0.0.1", 0, **options)
    yield listening.sockets[0].getsockname()[1]
    listening.close()


async def asked(reader: asyncio.StreamReader) -> bytes:
    """One whole request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


def answering(*answers: bytes, hang_up: bool = False) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await asked(reader)
            for piece in range(0, len(answer), 7):  # answers come in pieces
                writer.write(answer[piece : piece + 7])
                await writer.drain()
        if not hang_up:
            await reader.read()

    return talk


SHAPES = {
    "with a length": OK,
    "in chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ntr\r\n2\r\nue\r\n0\r\n\r\n",
    "until the end": b"HTTP/1.0 200 OK\r\n\r\ntrue",
    "after an interim answer": b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_answers_of_every_shape(shape: str) -> None:
    async with server(answering(SHAPES[shape], hang_up=True)) as port:
        wire = Wire(f"http://127.0.0.1:{port}", 1.0)
        assert await wire.post(f"http://127.0.0.1:{port}/bot1:x/getMe", b"{}", 1.0) == (200, b"true")
        wire.close()


async def test_the_request_is_what_a_server_expects() -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await asked(reader))
        writer.write(OK)
        await writer.drain()

    async with server(talk) as port:
        base = f"http://127.0.0.1:{port}"
        await Wire(base, 1.0).post(f"{base}/bot1:a b\r\nX: y/m", "好".encode(), 1.0)
    head, _, body = seen[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /bot1:a%20b%0D%0AX:%20y/m HTTP/1.1"
    assert f"Host: 127.0.0.1:{port}" in lines
    assert "Content-Length: 3" in lines
    assert body == "好".encode()


async def test_connections_are_kept_and_replaced_when_the_server_ends_them() -> None:
    opened = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await answering(OK, OK, hang_up=True)(reader, writer)

    async with server(talk) as port:
        base = f"http://127.0.0.1:{port}"
        wire = Wire(base, 1.0)
        for _ in range(4):
            assert await wire.post(f"{base}/m", b"{}", 1.0) == (200, b"true")
            await asyncio.sleep(0.02)  # the end of a connection is noticed
        assert opened == 2
        wire.close()


async def test_a_request_without_answer_does_not_leave_its_answer_to_the_next() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await asked(reader)
        if b"/slow" in request:
            await asyncio.sleep(0.15)
        writer.write(OK.replace(b"true", b"late" if b"/slow" in request else b"true"))
        await writer.drain()
        await reader.read()

    async with server(slow) as port:
        base = f"http://127.0.0.1:{port}"
        wire = Wire(base, 1.0, connections=1)
        with pytest.raises(AnswerTimedOut):
            await wire.post(f"{base}/slow", b"{}", 0.05)
        assert await wire.post(f"{base}/quick", b"{}", 1.0) == (200, b"true")
        abandoned = asyncio.create_task(wire.post(f"{base}/slow", b"{}", 1.0))
        await asyncio.sleep(0.03)
        abandoned.cancel()
        assert await wire.post(f"{base}/quick", b"{}", 1.0) == (200, b"true")
        wire.close()


async def test_many_at_once_share_few_connections() -> None:
    opened = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while True:
            body = (await asked(reader)).partition(b"\r\n\r\n")[2]
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    async with server(talk) as port:
        base = f"http://127.0.0.1:{port}"
        wire = Wire(base, 1.0, connections=4)
        answers = await asyncio.gather(*(wire.post(f"{base}/m", b"%d" % n, 2.0) for n in range(60)))
        assert answers == [(200, b"%d" % n) for n in range(60)]
        assert opened <= 4
        wire.close()


async def test_an_answer_without_end_is_given_up() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
            await writer.drain()

    async with server(talk) as port:
        base = f"http://127.0.0.1:{port}"
        with pytest.raises(NotAnswered, match="too large"):
            await Wire(base, 1.0).post(f"{base}/m", b"{}", 5.0)


@pytest.mark.parametrize("url", ["ftp://example.com", "http://", "http://[x", "http://host:port/", "words"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(NotSent):
        Wire(url, 1.0)


def certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for a host, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context


async def test_tls_takes_only_the_servers_own_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, right = certificate(tmp_path, "localhost")
    _, wrong = certificate(tmp_path, "elsewhere.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    async with server(answering(OK), ssl=right) as good, server(answering(OK), ssl=wrong) as bad:
        base = f"https://localhost:{good}"
        wire = Wire(base, 2.0)
        assert await wire.post(f"{base}/m", b"{}", 2.0) == (200, b"true")
        wire.close()
        with pytest.raises(NotSent):
            await Wire(f"https://localhost:{bad}", 2.0).post(f"https://localhost:{bad}/m", b"{}", 2.0)


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await asked(reader))
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{"ok":true,"result":true}')
        await reader.read()

    async with server(talk) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "")
        request = AiohttpRequest(2.0)
        assert await request.call("http://api.telegram.example/bot1:x/getMe", {}) is True
        await request.shutdown()
    assert seen[0].startswith(b"POST http://api.telegram.example/bot1:x/getMe ")
