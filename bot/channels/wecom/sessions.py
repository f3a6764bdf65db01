"""Whose an account's sessions are: the API's, or those of a person in WeCom, who then writes there."""

from __future__ import annotations

import structlog

from bot.channels.protocol import DeliveryProblem, OutcomeUnknown, TryLater, WindowClosed
from bot.channels.wechat.ledger import WindowLedger
from bot.channels.wechat.problems import ApiProblem
from bot.channels.wecom.api import WeComApi
from bot.channels.wecom.problems import WRONG_STATE
from bot.messages import Address
from storage import Store, StoreProblem, Tx

log = structlog.get_logger()

GET, TRANSFER = "/cgi-bin/kf/service_state/get", "/cgi-bin/kf/service_state/trans"
NEW, BOT, QUEUE, PERSON, ENDED = 0, 1, 2, 3, 4


class Sessions:
    """One account's sessions; `transfers` when its agents work in WeCom and not in our console."""

    def __init__(self, api: WeComApi, store: Store, ledger: WindowLedger, transfers: bool) -> None:
        self._api = api
        self._store = store
        self._ledger = ledger
        self.transfers = transfers

    async def settle(self, address: Address, outbox_id: int = 0) -> None:
        """Where a person is wanted and nothing but `outbox_id` is on its way, WeCom's queue gets the session.

        Raises TryLater when it must be tried again; what WeCom refuses is logged, and stays with the desk.
        """
        if not self.transfers:
            return
        try:
            wanted = await self._store.read(lambda tx: _persons(tx, address, outbox_id))
        except StoreProblem as problem:
            raise TryLater(f"not handed over: {problem}") from None
        if wanted:
            await self._hand_over(address)

    async def why_closed(self, address: Address) -> DeliveryProblem:
        """What a delivery is to do that met a session which is not the API's."""
        try:
            state = await self._state(address)
        except (ApiProblem, DeliveryProblem) as problem:
            return WindowClosed(f"{WRONG_STATE} the session is not the API's ({problem})")
        if state in (NEW, BOT):
            return TryLater(f"{WRONG_STATE} the session has just become the API's")
        if state == ENDED:
            await self._ledger.close(address)
            return WindowClosed(f"{WRONG_STATE} the session has ended")
        if not self.transfers:
            to_do = "let the API answer the account (WeCom's admin pages), or set its agents to wecom"
            log.error("wecom.account", code=WRONG_STATE, to_do=to_do)
        return WindowClosed(f"{WRONG_STATE} a person in WeCom has the session")

    async def _hand_over(self, address: Address) -> None:
        whose = {"open_kfid": address.account, "external_userid": address.peer}
        try:
            if await self._state(address) in (NEW, BOT):
                await self._api.call(TRANSFER, {**whose, "service_state": QUEUE})
                log.info("wecom.handed_over")
        except OutcomeUnknown as problem:
            # Handing over twice hands over once.
            raise TryLater(f"not handed over: {problem}") from None
        except ApiProblem as problem:
            found = self._api.explained(problem)
            if isinstance(found, TryLater):
                raise found from None
            log.error("wecom.not_handed_over", code=problem.code, words=problem.words)

    async def _state(self, address: Address) -> int:
        whose = {"open_kfid": address.account, "external_userid": address.peer}
        state = (await self._api.call(GET, whose)).get("service_state")
        return state if isinstance(state, int) else ENDED


def _persons(tx: Tx, address: Address, outbox_id: int) -> bool:
    conversation = tx.conversations.find(address.channel, address.account, address.peer)
    if conversation is None or not conversation.with_person:
        return False
    return all(row.id == outbox_id for row in tx.outbox.open_of(conversation.id, conversation.last_seq))
