"""What the jobs know of the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from handlers.dispatch.giving import Dispatcher
from handlers.notices import NoticeSettings
from handlers.ownership.settings import QueueSettings
from handlers.promises import Promises, standard
from handlers.promises.spans import Span
from handlers.records.settings import RetentionSettings
from handlers.reports.settings import ReportSettings
from handlers.return_visits import ReturnVisitSettings
from handlers.surveys.settings import SurveySettings
from handlers.waiting import WaitingSettings
from handlers.webhooks.settings import WebhookSettings
from nlu.context import Context
from nlu.privacy import redact


@dataclass(frozen=True, slots=True)
class Rules:
    """The service's promises, notices and facts; `second_step` is the time promised anew after a break."""

    promises: Promises = field(default_factory=standard)
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    second_step: Span | None = None
    return_visits: ReturnVisitSettings = field(default_factory=ReturnVisitSettings)
    waiting: WaitingSettings = field(default_factory=WaitingSettings)
    surveys: SurveySettings = field(default_factory=SurveySettings)
    dispatcher: Dispatcher = field(default_factory=Dispatcher)
    queue: QueueSettings = field(default_factory=QueueSettings)
    zone: str = "Asia/Shanghai"
    hotline: str = "400-800-1234"
    draft_expire_hours: float = 72
    reports: ReportSettings = field(default_factory=ReportSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    data: Path | None = None
    """The data folder; without it no files are removed, and nothing is archived."""

    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    countries: tuple[str, ...] = ("CN", "HK", "TW")

    def redacted(self, text: str, now: datetime) -> str:
        """The text without what tells who the customer is."""
        return redact(text, Context(now, self.zone, self.countries))

    def local(self, moment: datetime) -> datetime:
        """A moment on the service's clock."""
        return moment.astimezone(ZoneInfo(self.zone))
