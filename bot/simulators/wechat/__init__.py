"""A platform that behaves like WeChat: for tests, and for the demo without credentials.

`routers(simulator)` are mounted in a FastAPI application: WeChat's server API under
`/simulators/wechat/cgi-bin/` (give the channel `api_base` ending in `/simulators/wechat`) and the simulated
customers for the demo page (see `demo`).
"""

from fastapi import APIRouter

from bot.simulators.bubbles import Bubble
from bot.simulators.wechat.api import Api
from bot.simulators.wechat.customers import UNAVAILABLE, Customer, NothingToTap
from bot.simulators.wechat.demo import PREFIX, demo_router
from bot.simulators.wechat.posting import into_app, over_http
from bot.simulators.wechat.pushes import Answer, Post
from bot.simulators.wechat.quotas import Allowance
from bot.simulators.wechat.simulator import WeChatSimulator


def routers(simulator: WeChatSimulator) -> list[APIRouter]:
    """The API and the demo's routes of one simulated account."""
    return [Api(simulator, PREFIX).router, demo_router(simulator)]


__all__ = [
    "PREFIX",
    "UNAVAILABLE",
    "Allowance",
    "Answer",
    "Bubble",
    "Customer",
    "NothingToTap",
    "Post",
    "WeChatSimulator",
    "into_app",
    "over_http",
    "routers",
]
