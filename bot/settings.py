"""Settings: `config.yaml`, overridden by the environment (`BOT__HTTP__PORT=9000`); checked at start."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import Field, SecretStr, ValidationError, field_validator

from bot.advice.configuration import AdvisorSettings
from bot.api.settings import ApiSettings
from bot.console.settings import ConsoleSettings
from bot.telegram_desk.settings import TelegramDeskSettings
from handlers.appointments import AppointmentSettings
from handlers.complaints.settings import ComplaintSettings
from handlers.dispatch.settings import DispatchSettings
from handlers.fees.settings import FeeSettings
from handlers.identities.settings import IdentitySettings
from handlers.notices import NoticeSettings
from handlers.ownership.settings import QueueSettings
from handlers.promises.policy import Level
from handlers.promises.settings import (
    STANDARD_ROWS,
    CalendarSettings,
    EscalationSettings,
    PromiseRows,
    RegionSettings,
)
from handlers.records.settings import RetentionSettings
from handlers.reports.settings import ReportSettings
from handlers.return_visits import ReturnVisitSettings
from handlers.section import Section
from handlers.serial_numbers import SerialSettings
from handlers.surveys.settings import SurveySettings
from handlers.waiting import WaitingSettings
from handlers.warranty.settings import ReturnSettings, WarrantySettings
from handlers.webhooks.settings import WebhookSettings
from nlu import catalogue, yml
from nlu.own_catalogue import CatalogueError, laid_over

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "BOT__"
NOT_IN_THE_FILE = ("advisor.api_key", "console.oidc.client_secret")

Port = Annotated[int, Field(ge=0, le=65535)]


class SettingsProblem(Exception):
    """A setting is unknown or has a value that cannot be used; the message names it."""


class Http(Section):
    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str | None = None
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1_048_576
    max_upload_bytes: Annotated[int, Field(ge=1024)] = 20_971_520
    metrics: bool = True


class Database(Section):
    url: str | None = None
    pool_size: Annotated[int, Field(ge=1, le=64)] = 4


class Service(Section):
    name: Mapping[str, str] = {"zh": "宝修", "en": "Baoxiu"}
    hotline: str = "400-800-1234"
    zone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    reopen_days: Annotated[int, Field(ge=0)] = 30
    sheet_link_days: Annotated[int, Field(ge=1)] = 30
    hours: Mapping[str, str] | None = None
    urgent_levels: tuple[Level, ...] = ("key",)
    countries: tuple[str, ...] = ("CN", "HK", "TW")

    @field_validator("zone")
    @classmethod
    def known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"'{zone}' is not a time zone, e.g. Asia/Shanghai") from None
        return zone


class Drafts(Section):
    remind_after_minutes: Annotated[float, Field(gt=0)] = 60
    expire_after_hours: Annotated[float, Field(gt=0)] = 72


class Outbox(Section):
    attempts: Annotated[int, Field(ge=1)] = 8
    backoff_seconds: Annotated[float, Field(gt=0)] = 2
    backoff_limit_seconds: Annotated[float, Field(gt=0)] = 300
    lease_seconds: Annotated[float, Field(gt=0)] = 30
    parallel: Annotated[int, Field(ge=1, le=256)] = 32
    upload_seconds: Annotated[float, Field(gt=0)] = 120


class Rest(Section):
    enabled: bool = False
    token: SecretStr | None = None


class Web(Section):
    enabled: bool = True


class Telegram(Section):
    enabled: bool = False
    token: SecretStr | None = None
    mode: Literal["polling", "webhook"] = "polling"
    secret_token: SecretStr | None = None
    api_base: str = "https://api.telegram.org"
    timeout_seconds: Annotated[float, Field(gt=0)] = 10
    desk: TelegramDeskSettings = TelegramDeskSettings()


class MenuButton(Section):
    name: Annotated[str, Field(min_length=1, max_length=16)]
    payload: str | None = None
    url: str | None = None
    buttons: tuple[MenuButton, ...] = ()


class WeChat(Section):
    enabled: bool = False
    app_id: str | None = None
    app_secret: SecretStr | None = None
    token: SecretStr | None = None
    encoding_aes_key: SecretStr | None = None
    mode: Literal["plain", "compatible", "safe"] = "safe"
    api_base: str = "https://api.weixin.qq.com"
    timeout_seconds: Annotated[float, Field(gt=0)] = 5
    passive_seconds: Annotated[float, Field(gt=0, lt=5)] = 4
    replay_window_seconds: Annotated[float, Field(gt=0)] = 600
    window_hours: Annotated[float, Field(gt=0)] = 48
    quota: Annotated[int, Field(ge=1)] = 5
    event_window_seconds: Annotated[float, Field(gt=0)] = 60
    event_quota: Annotated[int, Field(ge=1)] = 3
    msgmenu: bool = True
    menu: tuple[MenuButton, ...] = ()


class WeComAccount(Section):
    open_kfid: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
    agents: Literal["console", "wecom"] = "console"


class WeCom(Section):
    enabled: bool = False
    corp_id: str | None = None
    secret: SecretStr | None = None
    token: SecretStr | None = None
    encoding_aes_key: SecretStr | None = None
    accounts: tuple[WeComAccount, ...] = ()
    api_base: str = "https://qyapi.weixin.qq.com"
    timeout_seconds: Annotated[float, Field(gt=0)] = 5
    replay_window_seconds: Annotated[float, Field(gt=0)] = 600
    window_hours: Annotated[float, Field(gt=0)] = 48
    quota: Annotated[int, Field(ge=1)] = 5
    poll_seconds: Annotated[float, Field(gt=0)] = 300


class Channels(Section):
    rest: Rest = Rest()
    web: Web = Web()
    telegram: Telegram = Telegram()
    wechat: WeChat = WeChat()
    wecom: WeCom = WeCom()


class Understanding(Section):
    accept: Annotated[float, Field(ge=0, le=1)] = 0.55
    clarify: Annotated[float, Field(ge=0, le=1)] = 0.25
    accurate: Literal["auto"] | bool = "auto"
    examples: Path | None = None
    catalogue: Path | None = None
    articles: Path | None = None
    articles_from: Literal["auto", "database", "folder"] = "auto"
    refresh_seconds: Annotated[float, Field(gt=0)] = 5


class Logging(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "console"


class Settings(Section):
    """Every setting of the desk; see the comments in `config.yaml`."""

    demo: bool = False
    data_dir: Path = Path("data")
    http: Http = Http()
    database: Database = Database()
    service: Service = Service()
    calendar: CalendarSettings = CalendarSettings()
    promises: PromiseRows = STANDARD_ROWS
    escalation: EscalationSettings = EscalationSettings()
    notices: NoticeSettings = NoticeSettings()
    return_visits: ReturnVisitSettings = ReturnVisitSettings()
    waiting: WaitingSettings = WaitingSettings()
    surveys: SurveySettings = SurveySettings()
    regions: RegionSettings = Field(default_factory=RegionSettings)
    appointments: AppointmentSettings = AppointmentSettings()
    dispatch: DispatchSettings = DispatchSettings()
    warranty: WarrantySettings = WarrantySettings()
    returns: ReturnSettings = ReturnSettings()
    complaints: ComplaintSettings = ComplaintSettings()
    fees: FeeSettings = FeeSettings()
    serial_numbers: SerialSettings = SerialSettings()
    drafts: Drafts = Drafts()
    identities: IdentitySettings = IdentitySettings()
    reports: ReportSettings = ReportSettings()
    retention: RetentionSettings = RetentionSettings()
    outbox: Outbox = Outbox()
    channels: Channels = Channels()
    queue: QueueSettings = QueueSettings()
    console: ConsoleSettings = ConsoleSettings()
    api: ApiSettings = ApiSettings()
    webhooks: WebhookSettings = WebhookSettings()
    understanding: Understanding = Understanding()
    advisor: AdvisorSettings = AdvisorSettings()
    logging: Logging = Logging()

    @property
    def database_url(self) -> str:
        """The configured database, or SQLite in the data folder."""
        return self.database.url or f"sqlite:///{(PROJECT / self.data_dir / 'baoxiu.sqlite3')}"

    @property
    def data_path(self) -> Path:
        """The data folder as an absolute path (relative ones start at the project)."""
        return PROJECT / self.data_dir


class _Loader(yml.Loader):
    """Days stay words, so that one that does not exist is told with its key and line."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        first: [known for known in resolvers if known[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yml.Loader.yaml_implicit_resolvers.items()
    }


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the file and the environment; raises SettingsProblem naming the first bad key."""
    environ = os.environ if environ is None else environ
    path = path or PROJECT / "config.yaml"
    values, lines = _from_file(path)
    names: dict[str, str] = {}
    for key, words, value in _from_environment(environ):
        _put(values, words, value)
        names[".".join(words)] = key
    _choose_catalogue(values, names, lines, path)
    try:
        return Settings.model_validate(values)
    except ValidationError as problem:
        first = problem.errors(include_input=False, include_url=False)[0]
        raise SettingsProblem(_explain(first, names, lines, path)) from None


def _choose_catalogue(
    values: Mapping[str, Any], names: Mapping[str, str], lines: Mapping[str, int], path: Path
) -> None:
    """Other settings name products and brands, so what these are is settled first."""
    section = values.get("understanding")
    own = section.get("catalogue") if isinstance(section, dict) else None
    if not isinstance(own, str) or not own:
        catalogue.use(None)
        return
    try:
        catalogue.use(laid_over(Path(own)), Path(own))
    except CatalogueError as problem:
        key = "understanding.catalogue"
        raise SettingsProblem(f"{names.get(key) or _place(key, lines, path)}: {problem}") from None


def _from_file(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The file's values, and the line of each key's path."""
    if not path.exists():
        return {}, {}
    try:
        words = path.read_text(encoding="utf-8")
        values = yaml.load(words, _Loader) or {}  # noqa: S506 - a safe loader
        lines = _lines(yaml.compose(words, _Loader))
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise SettingsProblem(f"{path.name}{line}: not valid YAML") from None
    if not isinstance(values, dict):
        raise SettingsProblem(f"{path.name}: must hold keys and values")
    for key in NOT_IN_THE_FILE:
        if _at(values, key) is not None:
            name = PREFIX + key.upper().replace(".", "__")
            raise SettingsProblem(
                f"{_place(key, lines, path)}: must not stand in the file; give it as {name} or {name}_FILE"
            )
    return values, lines


def _at(values: Any, key: str) -> Any:
    for word in key.split("."):
        values = values.get(word) if isinstance(values, dict) else None
    return values


def _lines(node: yaml.Node | None, above: str = "") -> dict[str, int]:
    found: dict[str, int] = {}
    for name, at, value in _parts(node):
        found[f"{above}{name}"] = at.start_mark.line + 1
        found |= _lines(value, f"{above}{name}.")
    return found


def _parts(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """The keys of a map or the rows of a list (from 0): name, where it stands, value."""
    if isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), key, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((str(row), value, value) for row, value in enumerate(node.value))


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, list[str], Any]]:
    for key, raw in sorted(environ.items()):
        if not key.upper().startswith(PREFIX):
            continue
        words = [word.lower() for word in key[len(PREFIX) :].split("__")]
        if words[-1].endswith("_file") and len(words) > 1 and words[-1] != "_file":
            yield key, [*words[:-1], words[-1].removesuffix("_file")], _secret_file(key, raw)
        else:
            yield key, words, _value(words, raw)


def _secret_file(key: str, raw: str) -> str:
    try:
        return Path(raw).read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise SettingsProblem(f"{key}: cannot read the file it names ({problem.strerror})") from None


def _value(words: list[str], raw: str) -> Any:
    """Words stay words; only structures (lists, maps) are read as YAML."""
    if raw == "":
        return None if _optional(words) else raw
    if raw[0] in "[{":
        try:
            return yaml.load(raw, _Loader)  # noqa: S506 - a safe loader
        except yaml.YAMLError:
            raise SettingsProblem(f"{PREFIX}{'__'.join(words).upper()}: not a valid list or map") from None
    return raw


def _optional(words: list[str]) -> bool:
    model: Any = Settings
    for word in words[:-1]:
        field = model.model_fields.get(word)
        if field is None or not isinstance(field.annotation, type):
            return False
        model = field.annotation
    field = model.model_fields.get(words[-1]) if hasattr(model, "model_fields") else None
    return field is not None and field.default is None


def _put(values: dict[str, Any], words: list[str], value: Any) -> None:
    for word in words[:-1]:
        inner = values.get(word)
        if not isinstance(inner, dict):
            inner = values[word] = {}
        values = inner
    values[words[-1]] = value


def _place(key: str, lines: Mapping[str, int], path: Path) -> str:
    """Where a key stands, or the nearest one above it; rows of lists count from 1, as people count."""
    known = key
    while known not in lines and "." in known:
        known = known.rpartition(".")[0]
    return f"{_spoken(key)} in {path.name}" + (f" line {lines[known]}" if known in lines else "")


def _spoken(key: str) -> str:
    spoken = ""
    for part in key.removesuffix(".[key]").split("."):
        if part.isdecimal():
            spoken += f" row {int(part) + 1}"
        else:
            spoken += f"{', ' if ' row ' in spoken else '.'}{part}"
    return spoken.removeprefix(".")


def _explain(error: Mapping[str, Any], names: Mapping[str, str], lines: Mapping[str, int], path: Path) -> str:
    key = ".".join(str(part) for part in error["loc"])
    given = next((name for name in names if key == name or key.startswith(f"{name}.")), None)
    where = names[given] + _spoken(key).removeprefix(given) if given else _place(key, lines, path)
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such setting"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"
