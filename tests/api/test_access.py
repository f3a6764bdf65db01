"""Who may do what: tokens, scopes, limits, and problems as documents (I3, E9)."""

from __future__ import annotations

import pytest

from storage import Store
from tests.api.conftest import SCOPES, Ask, complain, open_order

MOVE = {"move": "take"}
NEW = {"kind": "consultation", "description": "怎么除霜", "contact": {"phone": "13900139000"}}
NEEDS = [
    ("GET", "/orders", None, {"orders:read"}),
    ("GET", "/orders/{number}", None, {"orders:read"}),
    ("GET", "/orders/{number}/events", None, {"orders:read"}),
    ("GET", "/orders/{number}/sheet.pdf", None, {"orders:read", "customers:read"}),
    ("GET", "/orders/{number}/sheet.png", None, {"orders:read", "customers:read"}),
    ("POST", "/orders", NEW, {"orders:write"}),
    ("POST", "/orders/{number}/moves", MOVE, {"orders:write"}),
    ("POST", "/orders/{number}/notes", {"text": "x"}, {"orders:write"}),
    ("GET", "/customers", None, {"customers:read"}),
    ("GET", "/customers/{customer}", None, {"customers:read"}),
    ("GET", "/customers/{customer}/links", None, {"customers:read"}),
    ("PATCH", "/customers/{customer}", {"level": "key"}, {"customers:read", "customers:write"}),
    ("GET", "/catalogue", None, {"catalogue:read"}),
    ("GET", "/complaints", None, {"orders:read"}),
    ("GET", "/complaints/{number}", None, {"orders:read"}),
    ("PUT", "/complaints/{number}/plan", {"plan": "x"}, {"orders:read", "orders:write"}),
    ("PUT", "/complaints/{number}/cause", {"cause": "x"}, {"orders:read", "orders:write"}),
]


def called(value: object) -> str:
    """A case's name, the same in every process."""
    return str(sorted(value) if isinstance(value, set) else value)[:40]


@pytest.mark.parametrize(("method", "path", "body", "needed"), NEEDS, ids=called)
async def test_a_token_does_what_its_scopes_allow(
    lone: Store, ask_lone: Ask, method: str, path: str, body: object, needed: set[str]
) -> None:
    """I3: without a token 401, with one of other scopes 403, and nothing has changed."""
    order = open_order(lone)
    complain(lone, order)
    path = path.format(number=order.number, customer=order.customer_id)
    for name in (None, *(scope.replace(":", "-") for scope in SCOPES)):
        if name and {name.replace("-", ":")} >= needed:
            continue
        answer = await ask_lone(name).request(method, path, json=body, headers={"Idempotency-Key": "k1"})
        assert answer.status_code == (403 if name else 401), name
        assert answer.headers["content-type"] == "application/problem+json"
    assert (
        lone.run(lambda tx: tx.orders.events(order.id)) == lone.run(lambda tx: tx.orders.events(order.id))[:1]
    )
    answer = await ask_lone("all").request(
        method, path, json=body, headers={"Idempotency-Key": "k2", "If-Match": "*"}
    )
    assert answer.is_success, answer.text


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", "Basic YTpi", "bearer bxt_all x", "Bearer \u00ff"]
)
async def test_a_wrong_token_is_told_how_to_come_in(ask_lone: Ask, given: str) -> None:
    answer = await ask_lone(None).get("/orders", headers={"Authorization": given.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:baoxiu:problem:no-token"


async def test_nobody_reads_the_token_from_the_settings(ask_lone: Ask) -> None:
    """The hash that is kept opens nothing."""
    from tests.api.conftest import api_settings

    kept = api_settings().tokens[0].sha256
    answer = await ask_lone(None).get("/orders", headers={"Authorization": f"Bearer {kept}"})
    assert answer.status_code == 401
    assert kept not in repr(api_settings())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/orders/SR-209901010001"),
        ("GET", "/orders/SR-209901010001/events"),
        ("GET", "/orders/SR-209901010001/sheet.pdf"),
        ("GET", "/orders/SR-20260302000１"),
        ("GET", "/orders/%00"),
        ("GET", "/orders/%0A"),
        ("GET", "/orders/x' OR 1=1"),
        ("POST", "/orders/SR-209901010001/moves"),
        ("POST", "/orders/SR-209901010001/notes"),
        ("GET", "/customers/999"),
        ("PATCH", "/customers/999"),
        ("GET", "/nothing"),
    ],
)
async def test_what_is_not_there_is_not_found(ask_lone: Ask, method: str, path: str) -> None:
    bodies = {"moves": {"move": "take"}, "notes": {"text": "x"}, "999": {}}
    body = bodies.get(path.rpartition("/")[2]) if method != "GET" else None
    answer = await ask_lone("all").request(method, path, json=body, headers={"If-Match": "*"})
    assert answer.status_code == 404, answer.text
    assert answer.json()["status"] == 404


@pytest.mark.parametrize(("method", "path", "body"), [row[:3] for row in NEEDS], ids=lambda v: str(v)[:40])
async def test_a_parameter_that_is_not_there_is_told(
    lone: Store, ask_lone: Ask, method: str, path: str, body: object
) -> None:
    """A misspelt filter must not give every order."""
    order = open_order(lone)
    complain(lone, order)
    path = path.format(number=order.number, customer=order.customer_id)
    headers = {"Idempotency-Key": "k", "If-Match": "*"}
    answer = await ask_lone().request(method, f"{path}?statsu=closed", json=body, headers=headers)
    assert answer.status_code == 422, answer.text
    assert [error["name"] for error in answer.json()["errors"]] == ["statsu"]


async def test_a_parameter_that_comes_twice_is_told(ask_lone: Ask) -> None:
    """I3: of two filters only one would count."""
    answer = await ask_lone().get("/orders?name=a&name=b")
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (422, "name")


async def test_large_bodies_and_wrong_methods_are_refused(ask_lone: Ask) -> None:
    """I3: by what is declared and by what comes."""

    async def endless() -> object:
        for _ in range(100):
            yield b" " * 1000

    client = ask_lone("all")
    for content in (b" " * 70_000, endless()):
        answer = await client.post("/orders", content=content)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert (await client.delete("/orders")).status_code == 405


async def test_the_document_needs_no_token_and_answers_are_not_stored(ask_lone: Ask) -> None:
    document = await ask_lone(None).get("/openapi.json")
    assert document.status_code == 200
    assert document.json()["servers"] == [{"url": "/api/v1"}]
    assert (await ask_lone("all").get("/orders")).headers["cache-control"] == "no-store"
