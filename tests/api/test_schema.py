"""The API against its own OpenAPI document: schemathesis sends what fits it and what does not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from bot.api import PREFIX
from storage import open_store
from tests.api.conftest import app_of, complain, open_order, token
from tests.conftest import Clock

THERE = {"number": "SR-202603020001", "customer_id": 1}
HEADERS = {"Authorization": f"Bearer {token('all')}"}
CONFIG = SchemathesisConfig.from_dict(
    # What a value means (a phone number that can be called) no schema says: then 422 is right. So are 412 and
    # 428, which tell of the moment and not of the request.
    {
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", 401, 403, 404, 409, 412, 422, 428]}
        }
    }
)


@pytest.fixture(scope="module")
def document(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """The API over a store with an order in it, as schemathesis reads it."""
    path = tmp_path_factory.mktemp("schema") / "baoxiu.sqlite3"
    shutil.copy(sqlite_template, path)
    store = open_store(f"sqlite:///{path}")
    complain(store, open_order(store))
    yield schemathesis.openapi.from_asgi(f"{PREFIX}/openapi.json", app_of(store, Clock()), config=CONFIG)
    store.close()


OPERATIONS = [
    "GET /orders", "GET /orders/{number}", "GET /orders/{number}/events", "GET /orders/{number}/sheet.pdf",
    "GET /orders/{number}/dispatches", "GET /orders/{number}/log", "POST /orders/{number}/log",
    "GET /orders/{number}/sheet.png", "POST /orders", "POST /orders/{number}/moves",
    "POST /orders/{number}/notes", "GET /customers", "GET /customers/{customer_id}",
    "PATCH /customers/{customer_id}", "GET /customers/{customer_id}/export",
    "GET /customers/{customer_id}/links", "POST /customers/{customer_id}/links",
    "POST /customers/{customer_id}/links/{link_id}/undo",
    "POST /customers/{customer_id}/erasure", "GET /catalogue", "GET /complaints", "GET /complaints/{number}",
    "PUT /complaints/{number}/plan", "PUT /complaints/{number}/cause",
    "PUT /complaints/{number}/statement", "GET /reports/{kind}", "GET /reports/{kind}/{period}",
    "GET /tasks", "POST /tasks/{task_id}/done",
]  # fmt: skip


def test_every_operation_is_tried(document: Any) -> None:
    assert sorted(found.ok().label for found in document.get_all_operations()) == sorted(OPERATIONS)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_does_what_its_document_says(
    document: Any, operation: str, mode: GenerationMode
) -> None:
    """I3: nothing breaks it, and every answer is one that is described."""
    method, path = operation.split()

    @settings(
        max_examples=12, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=document[path][method].as_strategy(generation_mode=mode))
    def tried(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:  # what is drawn at random names nothing that there is
            case.path_parameters.update({n: v for n, v in THERE.items() if n in case.path_parameters})
        case.call_and_validate(headers=HEADERS)

    try:
        tried()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "nothing of it can be wrong"
