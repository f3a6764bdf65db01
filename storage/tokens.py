"""Access tokens of platforms, shared by all processes; when the API's own tokens were last used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import access_tokens, counters

if TYPE_CHECKING:
    from storage.transaction import Tx

_USED = "api_used:"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A platform's access token; never logged."""

    token: str
    expires_at: datetime
    forced_at: datetime | None


class Tokens:
    """The tokens' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def get(self, channel: str, account: str) -> AccessToken | None:
        """The stored token, or None."""
        row = self._tx.execute(
            select(access_tokens.c.token, access_tokens.c.expires_at, access_tokens.c.forced_at).where(
                access_tokens.c.channel == channel, access_tokens.c.account == account
            )
        ).one_or_none()
        return AccessToken(row.token, row.expires_at, row.forced_at) if row else None

    def put(self, channel: str, account: str, token: AccessToken) -> None:
        """Share a token with every process."""
        dialect = postgresql if self._tx.row_locks else sqlite
        values = {"token": token.token, "expires_at": token.expires_at, "forced_at": token.forced_at}
        statement = dialect.insert(access_tokens).values(channel=channel, account=account, **values)
        self._tx.execute(statement.on_conflict_do_update(index_elements=["channel", "account"], set_=values))

    def used(self, name: str, now: datetime) -> None:
        """Note that the API's token of that name was used."""
        dialect = postgresql if self._tx.row_locks else sqlite
        seconds = int(now.timestamp())
        statement = dialect.insert(counters).values(name=_USED + name, value=seconds)
        self._tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": seconds}))

    def uses(self) -> dict[str, datetime]:
        """When each of the API's tokens was last noted as used, by name."""
        found = select(counters.c.name, counters.c.value).where(counters.c.name.startswith(_USED))
        return {
            row.name.removeprefix(_USED): datetime.fromtimestamp(row.value, UTC)
            for row in self._tx.execute(found)
        }
