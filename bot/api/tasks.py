"""`/tasks`: what people have to do because the desk must not or cannot."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from bot.api.paging import LARGEST_ID, MOST, id_cursor, read_id_cursor
from bot.api.problems import ApiProblem, documented
from bot.api.service import PLAIN, Calling, Service, needs
from storage import Tx
from storage.tasks import Task

Id = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The task's id.")]


class TaskOut(BaseModel):
    """Something to do, and whether it is done."""

    id: int
    kind: Annotated[str, Field(examples=["second_handling"])]
    note: str
    order: Annotated[str | None, Field(description="The order's number.")]
    customer_id: int | None
    due_at: datetime | None
    created_at: datetime
    done_at: datetime | None
    done_by: str | None


class TaskPage(BaseModel):
    """Some tasks, in the order in which they came up."""

    items: list[TaskOut]
    next: Annotated[str | None, Field(description="The `cursor` of the next page; null at the end.")]


class Wanted(BaseModel):
    """Which tasks. Other parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    all: Annotated[bool, Field(description="Also those that are done.")] = False
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50
    cursor: Annotated[str | None, Field(max_length=100, description="`next` of the page before.")] = None


def router(service: Service) -> APIRouter:
    """The routes of tasks."""
    routes = APIRouter(prefix="/tasks", tags=["tasks"], dependencies=[needs("tasks:read")])

    @routes.get("", responses=documented(), summary="What is to be done")
    async def find(wanted: Annotated[Wanted, Query()]) -> TaskPage:
        """Follow `next` until it is null."""
        behind = read_id_cursor(wanted.cursor) if wanted.cursor else 0
        rows = await service.store.read(lambda tx: _page(tx, wanted.limit + 1, behind, not wanted.all))
        page, more = rows[: wanted.limit], len(rows) > wanted.limit
        return TaskPage(items=page, next=id_cursor(page[-1].id) if more else None)

    @routes.post(
        "/{task_id}/done",
        responses=documented(404, 409),
        dependencies=[needs("tasks:write"), PLAIN],
        summary="Note that a task is done",
    )
    async def done(task_id: Id, caller: Calling) -> TaskOut:
        """Also needs tasks:write. Kept with when and by whom; one that is done already is refused."""
        return await service.store.transact(
            lambda tx: _done(tx, task_id, caller.actor.id or caller.name, service.clock())
        )

    return routes


def _page(tx: Tx, limit: int, behind: int, open_only: bool) -> list[TaskOut]:
    found = tx.tasks.page(limit, behind, open_only)
    orders = tx.orders.among([one.order_id for one in found if one.order_id is not None])
    return [_shown(one, orders[one.order_id].number if one.order_id is not None else None) for one in found]


def _done(tx: Tx, task_id: int, who: str, now: datetime) -> TaskOut:
    if tx.tasks.get(task_id) is None:
        raise ApiProblem("not-found", "There is no such task.")
    if not tx.tasks.done(task_id, who, now):
        raise ApiProblem("not-now", "The task was done before.")
    task = tx.tasks.get(task_id)
    assert task is not None
    return _shown(task, tx.orders.get(task.order_id).number if task.order_id is not None else None)


def _shown(task: Task, number: str | None) -> TaskOut:
    kept = {name: getattr(task, name) for name in TaskOut.model_fields if name != "order"}
    return TaskOut(order=number, **kept)
