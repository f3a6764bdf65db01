"""The calls of WeCom's server API: those of the Official Account with WeCom's token and codes."""

from __future__ import annotations

from bot.channels.protocol import DeliveryProblem
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.http import Json, parsed
from bot.channels.wechat.problems import ApiProblem
from bot.channels.wecom.problems import for_delivery


class WeComApi(WeChatApi):
    """One corporation's API, shared by its accounts; app_id is the corp id, app_secret 微信客服's secret."""

    def explained(self, problem: ApiProblem) -> DeliveryProblem:
        """What a delivery that met this refusal is to do."""
        return for_delivery(problem)

    async def _ask_token(self, force: bool) -> Json:
        # WeCom gives the same token while it is good and a new one once it is not: there is nothing to force.
        query = {"corpid": self._app_id, "corpsecret": self._secret}
        async with self._http.get("/cgi-bin/gettoken", query) as answer:
            return parsed(await answer.read())
