"""What a turn sees of the store: one open transaction with its repositories."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sqlalchemy import Connection, CursorResult
from sqlalchemy.sql.base import Executable

from storage.attachments import Attachments
from storage.conversations import Conversations
from storage.customers import Customers
from storage.drafts import Drafts
from storage.knowledge import Knowledge
from storage.leases import Leases
from storage.messages import Messages
from storage.orders import Orders
from storage.outbox import Outbox
from storage.tokens import Tokens
from storage.windows import Windows


class Tx:
    """One transaction; everything done through it is committed together or not at all."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.row_locks = connection.dialect.name == "postgresql"

    def execute(self, statement: Executable, values: Any = None) -> CursorResult[Any]:
        """Run one SQLAlchemy Core statement."""
        return self.connection.execute(statement, values)

    @cached_property
    def attachments(self) -> Attachments:
        return Attachments(self)

    @cached_property
    def conversations(self) -> Conversations:
        return Conversations(self)

    @cached_property
    def customers(self) -> Customers:
        return Customers(self)

    @cached_property
    def drafts(self) -> Drafts:
        return Drafts(self)

    @cached_property
    def knowledge(self) -> Knowledge:
        return Knowledge(self)

    @cached_property
    def leases(self) -> Leases:
        return Leases(self)

    @cached_property
    def messages(self) -> Messages:
        return Messages(self)

    @cached_property
    def orders(self) -> Orders:
        return Orders(self)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self)

    @cached_property
    def windows(self) -> Windows:
        return Windows(self)
