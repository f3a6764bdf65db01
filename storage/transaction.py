"""What a turn sees of the store: one open transaction with its repositories."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, CursorResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable

from storage.agent_drafts import AgentDrafts
from storage.appointments import Appointments
from storage.articles import Articles
from storage.attachments import Attachments
from storage.audit import Audit
from storage.canned import CannedReplies
from storage.catalogue import CatalogueChanges
from storage.complaints import Complaints
from storage.conversations import Conversations
from storage.cursors import Cursors
from storage.customers import Customers
from storage.desk_topics import DeskTopics
from storage.devices import Devices
from storage.dispatches import Dispatches
from storage.drafts import Drafts
from storage.forbidden import ForbiddenHits
from storage.handovers import Handovers
from storage.identities import Identities
from storage.inbox import Inbox
from storage.knowledge import Knowledge
from storage.leases import Leases
from storage.link_codes import LinkCodes
from storage.live import Live
from storage.mentions import Mentions
from storage.messages import Messages
from storage.notes import Notes
from storage.notices import Notices
from storage.order_search import OrderSearch
from storage.orders import Orders
from storage.outbox import Outbox
from storage.presence import Presences
from storage.promises import PromiseRows
from storage.quotations import Quotations
from storage.records import Records
from storage.reports import Reports
from storage.retention import Retention
from storage.return_visits import ReturnVisits
from storage.saved_views import SavedViews
from storage.service_log import ServiceLog
from storage.sessions import Sessions
from storage.signs import Signs
from storage.staff import Staff
from storage.statements import DocumentPlan, Prepared, PreparedRows, PreparedUpdate, Row, Values
from storage.surveys import Surveys
from storage.tasks import Tasks
from storage.telegram_links import TelegramLinks
from storage.timers import Timers
from storage.tokens import Tokens
from storage.users import Users
from storage.webhooks import Webhooks
from storage.windows import Windows


class Tx:
    """One transaction; everything done through it is committed together or not at all."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._dialect = connection.dialect
        self.row_locks = connection.dialect.name == "postgresql"

    def execute(self, statement: Executable, values: Any = None) -> CursorResult[Any]:
        """Run one SQLAlchemy Core statement."""
        return self.connection.execute(statement, values)

    def rows(self, statement: Prepared, values: Values) -> list[Row]:
        """Run a prepared statement and return its rows."""
        plan = statement.plan(self._dialect)
        self._run(plan.sql, plan.bind(values))
        return plan.decode(self._cursor.fetchall())

    def row(self, statement: Prepared, values: Values) -> Row | None:
        """Its first row, or None."""
        found = self.rows(statement, values)
        return found[0] if found else None

    def value(self, statement: Prepared, values: Values) -> Any:
        """The first value of its first row, or None."""
        found = self.rows(statement, values)
        return found[0][0] if found else None

    def change(self, statement: Prepared, values: Values) -> int:
        """Run a prepared statement that returns no rows; how many rows it changed."""
        plan = statement.plan(self._dialect)
        self._run(plan.sql, plan.bind(values))
        return int(self._cursor.rowcount)

    def change_each(self, statement: Prepared, many: Sequence[Values]) -> None:
        """Run it once for each set of values."""
        plan = statement.plan(self._dialect)
        self._run(plan.sql, [plan.bind(values) for values in many], many=True)

    def update(self, statement: PreparedUpdate, many: Sequence[Values]) -> None:
        """Change rows, each given with its `id`."""
        plan = statement.plan(self._dialect, len(many))
        if isinstance(plan, DocumentPlan):
            self._run(plan.sql, plan.bind_rows(many))
        else:
            rows = [plan.bind({**values, "wanted": values["id"]}) for values in many]
            self._run(plan.sql, rows if len(rows) > 1 else rows[0], many=len(rows) > 1)

    def insert(self, statement: PreparedRows, many: Sequence[Values]) -> list[Row]:
        """Insert rows, many in a statement; returns what the statement returns, in no certain order."""
        found: list[Row] = []
        done = 0
        while done < len(many):
            plan, size = statement.plan(self._dialect, len(many) - done)
            self._run(plan.sql, plan.bind_rows(many[done : done + size]))
            if self._cursor.description is not None:
                found += plan.decode(self._cursor.fetchall())
            done += size
        return found

    def command(self, sql: str) -> None:
        """Run SQL that takes no values, e.g. SAVEPOINT."""
        self._run(sql, ())

    @cached_property
    def _cursor(self) -> Any:
        return self.connection.connection.cursor()

    def _run(self, sql: str, values: Any, many: bool = False) -> None:
        """On the driver's cursor; its errors leave as SQLAlchemy's, as they do from `execute`."""
        driver: Any = self._dialect.loaded_dbapi
        try:
            if many:
                self._cursor.executemany(sql, values)
            else:
                self._cursor.execute(sql, values)
        except driver.Error as problem:
            raise self._told(problem, sql, driver) from problem

    def _told(self, problem: Any, sql: str, driver: Any) -> BaseException:
        lost = self._dialect.is_disconnect(problem, self.connection.connection, self._cursor)
        told = DBAPIError.instance(
            sql, None, problem, driver.Error, hide_parameters=True, connection_invalidated=lost,
            dialect=self._dialect,
        )  # fmt: skip
        if lost:
            self.connection.invalidate(problem)
            self.connection.engine.dispose(close=False)
        return told

    @cached_property
    def appointments(self) -> Appointments:
        return Appointments(self)

    @cached_property
    def articles(self) -> Articles:
        return Articles(self)

    @cached_property
    def attachments(self) -> Attachments:
        return Attachments(self)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self)

    @cached_property
    def canned(self) -> CannedReplies:
        return CannedReplies(self)

    @cached_property
    def catalogue(self) -> CatalogueChanges:
        return CatalogueChanges(self)

    @cached_property
    def complaints(self) -> Complaints:
        return Complaints(self)

    @cached_property
    def conversations(self) -> Conversations:
        return Conversations(self)

    @cached_property
    def cursors(self) -> Cursors:
        return Cursors(self)

    @cached_property
    def customers(self) -> Customers:
        return Customers(self)

    @cached_property
    def desk_topics(self) -> DeskTopics:
        return DeskTopics(self)

    @cached_property
    def devices(self) -> Devices:
        return Devices(self)

    @cached_property
    def dispatches(self) -> Dispatches:
        return Dispatches(self)

    @cached_property
    def drafts(self) -> Drafts:
        return Drafts(self)

    @cached_property
    def forbidden(self) -> ForbiddenHits:
        return ForbiddenHits(self)

    @cached_property
    def handovers(self) -> Handovers:
        return Handovers(self)

    @cached_property
    def live(self) -> Live:
        return Live(self)

    @cached_property
    def notes(self) -> Notes:
        return Notes(self)

    @cached_property
    def mentions(self) -> Mentions:
        return Mentions(self)

    @cached_property
    def presence(self) -> Presences:
        return Presences(self)

    @cached_property
    def inbox(self) -> Inbox:
        """Lists of conversations for people."""
        return Inbox(self)

    @cached_property
    def agent_drafts(self) -> AgentDrafts:
        """What agents have begun to write."""
        return AgentDrafts(self)

    @cached_property
    def saved_views(self) -> SavedViews:
        """Lists that users keep under a name."""
        return SavedViews(self)

    @cached_property
    def signs(self) -> Signs:
        """Who looks and who writes just now."""
        return Signs(self)

    @cached_property
    def knowledge(self) -> Knowledge:
        return Knowledge(self)

    @cached_property
    def identities(self) -> Identities:
        return Identities(self)

    @cached_property
    def link_codes(self) -> LinkCodes:
        return LinkCodes(self)

    @cached_property
    def leases(self) -> Leases:
        return Leases(self)

    @cached_property
    def messages(self) -> Messages:
        return Messages(self)

    @cached_property
    def notices(self) -> Notices:
        return Notices(self)

    @cached_property
    def order_search(self) -> OrderSearch:
        return OrderSearch(self)

    @cached_property
    def orders(self) -> Orders:
        return Orders(self)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self)

    @cached_property
    def quotations(self) -> Quotations:
        return Quotations(self)

    @cached_property
    def promises(self) -> PromiseRows:
        return PromiseRows(self)

    @cached_property
    def records(self) -> Records:
        return Records(self)

    @cached_property
    def reports(self) -> Reports:
        return Reports(self)

    @cached_property
    def retention(self) -> Retention:
        return Retention(self)

    @cached_property
    def return_visits(self) -> ReturnVisits:
        return ReturnVisits(self)

    @cached_property
    def service_log(self) -> ServiceLog:
        return ServiceLog(self)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self)

    @cached_property
    def staff(self) -> Staff:
        return Staff(self)

    @cached_property
    def surveys(self) -> Surveys:
        return Surveys(self)

    @cached_property
    def tasks(self) -> Tasks:
        return Tasks(self)

    @cached_property
    def telegram_links(self) -> TelegramLinks:
        return TelegramLinks(self)

    @cached_property
    def timers(self) -> Timers:
        return Timers(self)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self)

    @cached_property
    def users(self) -> Users:
        return Users(self)

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self)

    @cached_property
    def windows(self) -> Windows:
        return Windows(self)
