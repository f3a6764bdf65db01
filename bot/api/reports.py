"""`/reports`: the figures of weeks and months (F7). Nothing in them is personal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from bot.api.problems import ApiProblem, documented
from bot.api.service import PLAIN, Service, needs
from handlers.reports.periods import Kind, PeriodProblem, parse
from storage.reports import Report

MOST = 100


class ReportOut(BaseModel):
    """A report as it was written; docs/reports.md defines the figures."""

    kind: str
    period: str
    since: datetime
    until: datetime
    revision: Annotated[int, Field(description="Greater than 1: computed again, with other figures.")]
    computed_at: datetime
    figures: dict[str, Any]


class Reports(BaseModel):
    """Reports, the newest first."""

    items: list[ReportOut]


class Wanted(BaseModel):
    """How many. Other parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=MOST)] = 12


Key = Annotated[str, Path(description="2026-W47 or 2026-11", json_schema_extra={"examples": ["2026-W47"]})]


def router(service: Service) -> APIRouter:
    """The routes of reports."""
    routes = APIRouter(prefix="/reports", tags=["reports"], dependencies=[needs("reports:read")])
    zone = service.settings.service.zone

    def shown(report: Report) -> ReportOut:
        period = parse(report.kind, report.period, zone)  # type: ignore[arg-type]
        return ReportOut(
            kind=report.kind, period=report.period, since=period.since, until=period.until,
            revision=report.revision, computed_at=report.computed_at, figures=report.figures,
        )  # fmt: skip

    @routes.get("/{kind}", responses=documented(), summary="The newest reports of a kind")
    async def newest(kind: Kind, wanted: Annotated[Wanted, Query()]) -> Reports:
        """Weekly or monthly."""
        found = await service.store.read(lambda tx: tx.reports.page(kind, wanted.limit))
        return Reports(items=[shown(one) for one in found])

    @routes.get("/{kind}/{period}", responses=documented(404), dependencies=[PLAIN], summary="One report")
    async def one(kind: Kind, period: Key) -> ReportOut:
        """There is one some hours after the period's end."""
        try:
            key = parse(kind, period, zone).key
        except PeriodProblem as problem:
            raise ApiProblem("not-found", str(problem)) from None
        found = await service.store.read(lambda tx: tx.reports.find(kind, key))
        if found is None:
            raise ApiProblem("not-found", "This report is not written yet.")
        return shown(found)

    return routes
