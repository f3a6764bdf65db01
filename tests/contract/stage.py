"""Scripts in which the staff and the clock have a part: many on one desk, whose time they share.

Time passes when every script waits for it, from one due timer to the next, so that each of them lives
through the hours that it would live through alone.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import delete, select

from bot.api.tokens import digest
from bot.app import rules_of
from bot.dialogue import Dialogue
from bot.voice import DeskVoice
from handlers.fees.quoting import Part, Plan, Work, quote
from handlers.life import Actor
from handlers.quotations import ask, cover_of
from scheduler import Clockwork, jobs
from storage import Tx
from storage.orders import Order
from storage.schema import drafts, orders, timers
from tests.contract.playing import PATIENCE_SECONDS
from tests.contract.running import FromNoon, Running

STAFF_TOKEN = "bxt_staff"
SCOPES = ["orders:read", "orders:write", "customers:read"]
API = {
    "enabled": True,
    "per_minute": None,
    "tokens": [{"name": "staff", "sha256": digest(STAFF_TOKEN), "scopes": SCOPES, "role": "supervisor"}],
}
"""The settings of the API by which the staff work."""
SETTINGS = {"api": API, "surveys": {"at_once_seconds": 1200}}
"""The desk's; two answers of a script come at once, however slow the machine is."""
OPENED: dict[str, Any] = {
    "product": "washing_machine",
    "description": "不脱水",
    "contact": {"phone": "13800138000", "name": "李雷", "address": "上海市浦东新区张杨路500号3楼"},
}
"""What an order that the staff open says, unless the script does."""
GRAIN = timedelta(minutes=30)
"""Timers that are due so soon after each other are worked on together; scripts wait for whole ones."""
JOBS = ("timers", "drafts")
"""What the clock has to do with customers."""
ENGINEER = Actor("engineer", "E1")


class Stage:
    """A desk with its staff and its clock, for scripts that are played at the same time."""

    def __init__(self, desk: Running, clock: FromNoon) -> None:
        self.desk = desk
        self.clock = clock
        app = desk.app
        self._voice = DeskVoice(Dialogue.load(app.settings), app.postman, app.channels)
        self._jobs = {job.name: job for job in jobs(rules_of(app.settings)) if job.name in JOBS}
        self._staff = httpx.AsyncClient(transport=httpx.ASGITransport(app.web), base_url="http://desk")
        self._clockwork = Clockwork(app.store, clock, self._voice, self._jobs)
        self._keys = itertools.count(1)
        self._working = asyncio.Lock()
        self._playing = 0
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._passing: asyncio.Task[None] | None = None

    async def clear(self) -> None:
        """Nothing of what was played before is to be done any more."""

        def work(tx: Tx) -> None:
            tx.execute(delete(timers))
            tx.execute(delete(drafts))

        await self.desk.app.store.transact(work)

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """While one script is played."""
        self._playing += 1
        try:
            yield
        finally:
            self._playing -= 1
            self._turn()

    async def end(self, customer_id: int) -> None:
        """The customer's story is over: the clock has nothing to do for them any more."""
        theirs = select(orders.c.id).where(orders.c.customer_id == customer_id)
        statement = delete(timers).where(timers.c.order_id.in_(theirs))
        await self.desk.app.store.transact(lambda tx: tx.execute(statement))

    async def later(self, span: timedelta) -> None:
        """Wait until so much time has passed for everybody."""
        until = self.clock() + span
        until += -timedelta(minutes=until.minute % 30, seconds=until.second) + GRAIN
        freed = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (until.replace(microsecond=0), next(self._keys), freed))
        self._turn()
        await freed

    async def work(self, *names: str) -> None:
        """The clock does what is due now, or those of its jobs; what others are doing is waited for."""
        async with self._working, asyncio.timeout(PATIENCE_SECONDS):
            for name in names or self._jobs:
                await self._clockwork.run(self._jobs[name])
            while await self.desk.app.store.read(self._due):
                await asyncio.sleep(0.02)
                await self._clockwork.run(self._jobs["timers"])

    def _due(self, tx: Tx) -> bool:
        return any(timer.due_at <= self.clock() for timer in tx.timers.coming(1))

    async def deed(self, deed: Mapping[str, Any], customer_id: int, order: Order | None) -> str | None:
        """What the staff do, as other programs and commands do it; why it is refused, or None."""
        if "open" in deed:
            more = {n: v for n, v in deed.items() if n not in ("open", "refused", "in_days", "slot")}
            wish = {"kind": deed["open"], "customer_id": customer_id, **OPENED, **more, **self._visit(deed)}
            return await self._asked("POST", "orders", wish)
        if "fill" in deed:
            return await self._filled(deed)
        assert order is not None, "the customer has no order yet"
        if "quote" in deed:
            return await self._quoted(deed, order)
        if "plan" in deed:
            return await self._asked("PUT", f"complaints/{order.number}/plan", {"plan": deed["plan"]})
        wish: dict[str, Any] = {"move": deed["move"], "reason": deed.get("reason", "because")}
        path = f"orders/{order.number}/moves"
        return await self._asked("POST", path, {**wish, **self._visit(deed)}, deed.get("seen"))

    def _visit(self, deed: Mapping[str, Any]) -> dict[str, Any]:
        """When somebody is to come, if that is part of it."""
        if "slot" not in deed:
            return {}
        local = self.clock().astimezone(ZoneInfo(self.desk.app.settings.service.zone)).date()
        return {"visit": {"day": str(local + timedelta(days=deed["in_days"])), "slot": deed["slot"]}}

    async def _filled(self, deed: Mapping[str, Any]) -> None:
        """Other customers take what is left of a slot."""
        wish, refused = {"kind": "installation", **OPENED, **self._visit(deed)}, None
        while refused is None:
            contact = {**OPENED["contact"], "phone": f"139{next(self._keys):08}"}
            refused = await self._asked("POST", "orders", {**wish, "contact": contact})
        assert refused == "visit_full"

    async def _asked(
        self, method: str, path: str, body: dict[str, Any], seen: int | None = None
    ) -> str | None:
        headers = {
            "Authorization": f"Bearer {STAFF_TOKEN}",
            "Idempotency-Key": f"k{next(self._keys)}",
            "If-Match": "*" if seen is None else f'"{seen}"',
        }
        answer = await self._staff.request(method, f"/api/v1/{path}", json=body, headers=headers)
        if answer.is_success:
            return None
        told = answer.json()
        assert answer.status_code in (409, 412) or "reason" in told, answer.text
        return str(told.get("reason") or told["type"].rpartition(":")[2])

    async def _quoted(self, deed: Mapping[str, Any], order: Order) -> None:
        settings, now = self.desk.app.settings, self.clock()
        local = now.astimezone(ZoneInfo(settings.service.zone))
        parts = (Part("part", round(float(deed["cost"]) * 100), 1, deed["part"]),)
        product = order.fields.get("product")
        plan = Plan(
            order.number, deed["quote"], deed["measures"], product, parts=parts, work=(Work("repair", 60),)
        )
        covered = cover_of(order, local.date(), settings.warranty, settings.serial_numbers)
        quotation = quote(plan, covered, settings.fees, now)
        await self.desk.app.store.transact(lambda tx: ask(tx, self._voice, order, quotation, ENGINEER, local))

    def _turn(self) -> None:
        """Let time pass where nobody has anything to do before."""
        idle = self._passing is None or self._passing.done()
        if idle and self._waiting and len(self._waiting) >= self._playing:
            self._passing = asyncio.create_task(self._pass())

    async def _pass(self) -> None:
        until = self._waiting[0][0]
        while (now := self.clock()) < until:
            coming = await self.desk.app.store.read(lambda tx: tx.timers.coming(1))
            due = max(coming[0].due_at, now + GRAIN) if coming else until
            self.clock.forward(min(due, until))
            await self.work()
        while self._waiting and self._waiting[0][0] <= until:
            heapq.heappop(self._waiting)[2].set_result(None)
