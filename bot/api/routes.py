"""All routes of the API as one application, with its OpenAPI document at `/openapi.json`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from bot.api import (
    PREFIX,
    catalogue,
    complaints,
    customer_links,
    customer_records,
    customers,
    moving,
    opening,
    orders,
    reports,
    service_log,
    tasks,
)
from bot.api.problems import HANDLERS, SCHEMA
from bot.api.service import ONCE, Service

TITLE = "Baoxiu 报修"
VERSION = "1.0.0"
DESCRIPTION = """Service orders, customers and the catalogue for other programs.

Every request carries `Authorization: Bearer TOKEN`; each token has scopes. Problems are
`application/problem+json`. Times are RFC 3339 with a zone. Unknown fields and parameters are refused."""


def routes(service: Service) -> FastAPI:
    """The application behind the door."""
    api = FastAPI(
        title=TITLE, version=VERSION, description=DESCRIPTION, docs_url=None, redoc_url=None,
        exception_handlers=HANDLERS, redirect_slashes=False, dependencies=[ONCE],
    )  # fmt: skip
    parts = (
        orders, opening, moving, service_log, complaints, customers, customer_records, customer_links,
        tasks, catalogue, reports,
    )  # fmt: skip
    for part in parts:
        api.include_router(part.router(service))
    api.openapi = lambda: _document(api)  # type: ignore[method-assign]
    return api


def _document(api: FastAPI) -> dict[str, Any]:
    if api.openapi_schema is None:
        found = get_openapi(
            title=api.title, version=api.version, description=api.description, routes=api.routes
        )
        found["servers"] = [{"url": PREFIX}]
        parts = found.setdefault("components", {})
        parts.setdefault("schemas", {})["Problem"] = SCHEMA
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{"token": []}]
        api.openapi_schema = found
    return api.openapi_schema
