"""The service's facts and promises, as handlers know them from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.appointments import AppointmentSettings
from handlers.complaints.settings import ComplaintSettings
from handlers.dispatch.giving import Dispatcher
from handlers.identities.settings import IdentitySettings
from handlers.ownership import QueueSettings
from handlers.promises import CalendarSettings, Promises, standard
from handlers.promises.hours import hours_in_words
from handlers.serial_numbers import SerialSettings
from handlers.surveys.settings import SurveySettings
from handlers.warranty.settings import ReturnSettings, WarrantySettings


@dataclass(frozen=True, slots=True)
class Terms:
    """The service's facts and promises that customers are told; units stand in the names."""

    name: Mapping[str, str] = field(default_factory=lambda: {"zh": "宝修", "en": "Baoxiu"})
    hotline: str = "400-800-1234"
    zone: str = "Asia/Shanghai"
    promises: Promises = field(default_factory=standard)
    hours: Mapping[str, str] = field(default_factory=lambda: hours_in_words(CalendarSettings()))
    countries: tuple[str, ...] = ("CN", "HK", "TW")
    warranty: WarrantySettings = field(default_factory=WarrantySettings)
    serial_numbers: SerialSettings = field(default_factory=SerialSettings)
    appointments: AppointmentSettings = field(default_factory=AppointmentSettings)
    returns: ReturnSettings = field(default_factory=ReturnSettings)
    complaints: ComplaintSettings = field(default_factory=ComplaintSettings)
    surveys: SurveySettings = field(default_factory=SurveySettings)
    identities: IdentitySettings = field(default_factory=IdentitySettings)
    dispatcher: Dispatcher = field(default_factory=Dispatcher)
    queue: QueueSettings = field(default_factory=QueueSettings)
    reopen_days: int = 30
    urgent_levels: tuple[str, ...] = ("key",)
    draft_remind_minutes: float = 60
    draft_expire_hours: float = 72

    def office_hours(self, language: str) -> str:
        """When people answer, in that language or in the one there is."""
        return self.hours.get(language) or next(iter(self.hours.values()), "")

    def service(self, language: str) -> str:
        """The service's name."""
        return self.name.get(language) or next(iter(self.name.values()), "")
