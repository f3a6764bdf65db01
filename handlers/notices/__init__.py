"""What the desk says of its own accord: whether now, and on which channel, decided in one place (F6)."""

from __future__ import annotations

from handlers.notices.deciding import Facts, Verdict, Way, decide
from handlers.notices.kinds import KINDS, Kind
from handlers.notices.sending import Wanted, send
from handlers.notices.settings import NoticeSettings

__all__ = ["KINDS", "Facts", "Kind", "NoticeSettings", "Verdict", "Wanted", "Way", "decide", "send"]
