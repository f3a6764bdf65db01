"""A platform that behaves like WeCom customer service 微信客服.

`api_router(simulator)` is mounted in a FastAPI application: WeCom's server API under
`/simulators/wecom/cgi-bin/` (give the channel `api_base` ending in `/simulators/wecom`).
"""

from bot.simulators.wecom.api import PREFIX, api_router
from bot.simulators.wecom.customers import Customer
from bot.simulators.wecom.simulator import WeComSimulator

__all__ = ["PREFIX", "Customer", "WeComSimulator", "api_router"]
