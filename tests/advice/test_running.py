"""The advisor as the operator meets it: configured, started, examined, stopped (B2, I3)."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from bot import settings as configuration
from bot.advice.configuration import AdvisorSettings
from bot.advice.trial import readable_on_the_way, try_out
from bot.checks import check
from bot.diagnosis import examine
from bot.settings import Settings, SettingsProblem
from tests.advice.server import Behaviour, Model, drops, hangs, says, sends
from tests.advice.test_injection import choosing
from tests.contract.running import running

ON = {"BOT__ADVISOR__ENABLED": "true", "BOT__ADVISOR__BASE_URL": "http://127.0.0.1:1/v1"}


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "baoxiu.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


def advisor(model: Model, **more: Any) -> dict[str, Any]:
    return {"enabled": True, "base_url": model.url, "model": "tiny", "intent_below": 1.0, **more}


async def test_a_hanging_model_leaves_wechat_its_passive_reply(
    model: Model, model_dir: Path, tmp_path: Path, database_url: str
) -> None:
    model.will(hangs())
    async with running(database_url, tmp_path / "data", model_dir, advisor=advisor(model)) as desk:
        assert desk.demo.wechat is not None
        customer = desk.demo.wechat.customer("ann")
        await customer.says("你好")
        model.asked.clear()
        began = time.monotonic()
        bubbles = await customer.says("那个单子到底怎么样了嘛")
        took = time.monotonic() - began
    assert len(model.asked) == 1
    assert [bubble.via for bubble in bubbles] == ["passive"]
    assert 2.0 < took < 5.0


async def test_the_configured_desk_asks_and_counts(
    model: Model, model_dir: Path, tmp_path: Path, database_url: str
) -> None:
    model.will(choosing("ask_human"))
    async with running(database_url, tmp_path / "data", model_dir, advisor=advisor(model)) as desk:
        body = {"sender": "ann", "message": "那个单子到底怎么样了嘛"}
        headers = {"Authorization": "Bearer a token for tests"}
        answer = await desk.http.post("/webhooks/rest/webhook", json=body, headers=headers)
        metrics = (await desk.http.get("/metrics")).text
    assert answer.status_code == 200
    assert len(model.asked) == 1
    assert 'baoxiu_advice_total{outcome="used"}' in metrics
    assert "baoxiu_advice_seconds_count" in metrics
    assert 'baoxiu_advice_tokens_total{direction="question"}' in metrics
    assert (tmp_path / "data" / "advisor.json").exists()


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"BOT__ADVISOR__ENABLED": "true"}, "advisor in config.yaml line"),
        (ON, "model is required when it is enabled"),
        ({"BOT__ADVISOR__BASE_URL": "ftp://x/v1"}, "BOT__ADVISOR__BASE_URL: must look like"),
        ({"BOT__ADVISOR__BASE_URL": "https://me:pw@x/v1"}, "BOT__ADVISOR__BASE_URL: must not hold cred"),
        ({"BOT__ADVISOR__API_KEY": "a b"}, "BOT__ADVISOR__API_KEY: must be printable"),
        ({"BOT__ADVISOR__TIMEOUT_SECONDS": "60"}, "BOT__ADVISOR__TIMEOUT_SECONDS: "),
        ({"BOT__ADVISOR__SUBJECTS": "[weather]"}, "SUBJECTS row 1"),
        ({"BOT__ADVISOR__REQUEST": "{tools: []}"}, "BOT__ADVISOR__REQUEST: must not hold tools"),
        ({"BOT__ADVISOR__BUDGET__COST_PER_DAY": "5"}, "cost_per_day needs prices.input"),
        ({"BOT__ADVISOR__BUDGET__TOKENS_PER_DAY": "0"}, "BOT__ADVISOR__BUDGET__TOKENS_PER_DAY: "),
        ({"BOT__ADVISOR__MODELL": "x"}, "BOT__ADVISOR__MODELL: there is no such setting"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsProblem) as problem:
        configuration.load(environ=environ)
    assert message in str(problem.value)
    assert "\n" not in str(problem.value)
    assert "pw" not in str(problem.value)


def test_a_key_in_the_file_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("demo: true\nadvisor:\n  enabled: false\n  api_key: sk-very-secret\n")
    with pytest.raises(
        SettingsProblem, match=r"advisor\.api_key in config\.yaml line 4: must not"
    ) as problem:
        configuration.load(file, environ={})
    assert "sk-very-secret" not in str(problem.value)


def test_a_bad_value_in_the_file_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("advisor:\n  budget:\n    requests_per_day: many\n")
    with pytest.raises(SettingsProblem, match=r"advisor\.budget\.requests_per_day in config\.yaml line 3: "):
        configuration.load(file, environ={})


def test_the_key_comes_from_the_environment_or_a_file_it_names_and_never_shows(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("sk-very-secret\n")
    for environ in ({"BOT__ADVISOR__API_KEY": "sk-very-secret"}, {"BOT__ADVISOR__API_KEY_FILE": str(secret)}):
        loaded = configuration.load(environ=environ)
        assert loaded.advisor.api_key is not None
        assert loaded.advisor.api_key.get_secret_value() == "sk-very-secret"
        assert "very-secret" not in repr(loaded)


def test_the_models_time_must_leave_wechat_some() -> None:
    wechat = {"enabled": True, "app_id": "a", "app_secret": "b", "token": "c", "mode": "plain"}
    given = {"enabled": True, "base_url": "http://x/v1", "model": "m"}
    fits = {"channels": {"wechat": wechat}, "advisor": {**given, "timeout_seconds": 3}}
    check(Settings.model_validate(fits))
    with pytest.raises(SettingsProblem, match=r"advisor\.timeout_seconds: .*at most 3"):
        check(Settings.model_validate({**fits, "advisor": {**given, "timeout_seconds": 3.1}}))


@pytest.mark.parametrize(
    ("behaviour", "works", "words"),
    [
        (says({"intent": "report_fault"}), True, "answers in"),
        (says({"intent": "none"}), True, "answers in"),
        (says("sure!"), False, "another advisor.answer_format"),
        (says({"intent": "repair"}), False, "what was not offered"),
        (sends(b"{}", 401), False, "refuses the key"),
        (sends(b"{}", 404), False, "advisor.model"),
        (sends(b"{}", 429), False, "asked too often"),
        (sends(b"{}", 500), False, "error of its own"),
        (sends(b"<html>"), False, "does not speak"),
        (drops(), False, "cannot be reached"),
    ],
)
async def test_the_doctor_tries_the_model(
    model: Model, behaviour: Behaviour, works: bool, words: str
) -> None:
    model.will(behaviour)
    settings = AdvisorSettings.model_validate({"enabled": True, "base_url": model.url, "model": "tiny"})
    done, told = await try_out(settings)
    assert done is works
    assert words in told


async def test_the_doctor_tells_of_it_and_stays_silent_without_it(
    model: Model, model_dir: Path, tmp_path: Path, database_url: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "model").symlink_to(model_dir)
    given = {"data_dir": tmp_path / "data", "database": {"url": database_url}}
    model.will(sends(b"{}", 401))
    found = await examine(Settings.model_validate({**given, "advisor": advisor(model)}))
    assert [(f.state, f.detail) for f in found if f.subject == "advisor"] == [("FAILED", "refuses the key")]
    found = await examine(Settings.model_validate(given))
    assert not [f for f in found if f.subject == "advisor"]


@pytest.mark.parametrize(
    ("url", "readable"),
    [
        ("https://api.example.com/v1", False),
        ("http://api.example.com/v1", True),
        ("http://8.8.8.8/v1", True),
        ("http://127.0.0.1:8000/v1", False),
        ("http://192.168.1.5:8000/v1", False),
        ("http://localhost/v1", False),
        ("http://gpu-box:8000/v1", False),
        ("http://[::1]:8000/v1", False),
    ],
)
def test_plain_http_over_the_internet_is_warned_of(url: str, readable: bool) -> None:
    assert readable_on_the_way(url) is readable


def test_the_client_is_imported_only_where_it_is_used() -> None:
    """Its import takes longer than the whole start."""
    import subprocess
    import sys

    code = "import sys, bot.app; sys.exit('openai' in sys.modules or 'httpx2' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=configuration.PROJECT, check=False).returncode == 0
    )
