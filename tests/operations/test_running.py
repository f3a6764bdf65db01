"""Starting, stopping and looking after the desk, as an operator does it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog

from bot.commands.root import main
from bot.settings import PROJECT
from tests.operations.conftest import Process, Start

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("operations")]
"""One worker, so that the running desk is started once."""

OPEN = {"BOT__CHANNELS__REST__ENABLED": "true", "BOT__CHANNELS__REST__TOKEN": "letmein"}
FAULT = "我家海尔冰箱BCD-216不制冷，昨天开始的，电话13800138000"


def say(client: httpx.Client, words: str, token: str = "letmein", **more: object) -> httpx.Response:
    return client.post(
        "/webhooks/rest/webhook",
        json={"sender": "operator-test", "message": words, **more},
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.fixture(scope="module")
def running(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A desk for every test that only talks to one; it logs all it ever would."""
    data = tmp_path_factory.mktemp("running")
    (data / "model").symlink_to(model_dir)
    settings = {"BOT__DATA_DIR": str(data), "BOT__HTTP__PORT": "0", "BOT__LOGGING__LEVEL": "debug", **OPEN}
    desk = Process(["run"], settings, data / "log")
    yield desk
    desk.stop(signal.SIGKILL)


def test_the_desk_starts_and_answers(running: Process) -> None:
    with running.client() as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/ready").json()["status"] == "ok"
        answers = say(client, FAULT).json()
        assert answers
        assert answers[0]["recipient_id"] == "operator-test"
        parsed = client.post("/model/parse", json={"text": FAULT}).json()
        assert parsed["intent"]["name"] == "report_fault"
        assert "baoxiu_turns_total" in client.get("/metrics").text
    assert "Traceback" not in running.output


def test_a_conversation_goes_on_after_a_restart(start: Start) -> None:
    """C9: after a restart of the program too, which stops in order when it is asked to."""
    first = start("run", **OPEN)
    with first.client() as client:
        say(client, FAULT)
        say(client, "直接报修")
    first.stop(signal.SIGKILL)
    second = start("run", **OPEN)
    with second.client() as client:
        words = " ".join(answer.get("text", "") for answer in say(client, "我叫王小明").json())
    assert words
    assert "您好" not in words  # it goes on where it was, it does not greet
    assert second.stop(signal.SIGTERM) == 0
    assert "Traceback" not in second.output


def test_logs_carry_no_words_and_no_numbers_of_customers(running: Process) -> None:
    """I3, E9."""
    with running.client() as client:
        for words in (FAULT, "我叫王小明", "地址是上海市浦东新区张江路88号"):
            say(client, words)
    for private in ("13800138000", "138 0013 8000", "王小明", "张江路", "不制冷", "letmein"):
        assert private not in running.output
    assert "turn.taken" in running.output


def test_the_rest_channel_is_closed_without_its_token(running: Process) -> None:
    with running.client() as client:
        assert say(client, "hi", token="wrong").status_code == 401
        assert client.post("/webhooks/rest/webhook", json={"sender": "a", "message": "b"}).status_code == 401
        assert client.post("/webhooks/telegram", json={}).status_code == 404


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"BOT__TYPO": "1"}, "baoxiu: BOT__TYPO: there is no such setting"),
        ({"BOT__DATABASE__URL": "postgresql://u:secret@127.0.0.1:1/x"}, "baoxiu: database.url: cannot use"),
    ],
)
def test_a_mistake_stops_the_start_with_one_line(start: Start, environ: dict[str, str], line: str) -> None:
    desk = start("run", **environ)
    assert desk.process.wait(60) == 2
    assert desk.output.startswith(line)
    assert desk.output.count("\n") == 1
    assert "secret" not in desk.output


@pytest.fixture
def own_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a command sets up of the logs ends with the test."""
    root, before = logging.getLogger(), structlog.get_config()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    level = root.level
    yield
    root.setLevel(level)
    structlog.configure(**before)


@pytest.mark.usefixtures("own_logs")
@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("BOT__HTTP__PORT", "eighty", "baoxiu: BOT__HTTP__PORT: "),
        ("BOT__CHANNELS__TELEGRAM__ENABLED", "true", "baoxiu: channels.telegram.token: is required"),
        ("BOT__DATABASE__URL", "oracle://x", "baoxiu: database.url must begin with"),
    ],
)
def test_other_mistakes_are_one_line_too(
    name: str, value: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path))
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["bot", "run"])
    with pytest.raises(SystemExit) as stopped:
        main()
    told = capsys.readouterr().err
    assert stopped.value.code == 2
    assert told.startswith(line)
    assert told.count("\n") == 1


def test_a_port_that_is_taken_is_said_so(running: Process, start: Start) -> None:
    port = str(running.port())
    second = start("run", BOT__HTTP__PORT=port)
    assert second.process.wait(60) == 2
    assert f"cannot listen on 127.0.0.1:{port}" in second.output


def test_the_doctor_finds_a_healthy_desk_healthy(start: Start) -> None:
    doctor = start("doctor", "--offline")
    assert doctor.process.wait(60) == 0
    assert "FAILED" not in doctor.output
    for subject in ("settings", "packages", "data_dir", "database", "model", "clock"):
        assert f" {subject}" in doctor.output


def test_the_doctor_names_what_is_wrong(start: Start) -> None:
    doctor = start(
        "doctor",
        BOT__CHANNELS__TELEGRAM__ENABLED="true",
        BOT__CHANNELS__TELEGRAM__TOKEN="1:verysecret",
        BOT__CHANNELS__TELEGRAM__API_BASE="http://127.0.0.1:9",
        BOT__DATABASE__URL="postgresql://u:p@127.0.0.1:9/x",
    )
    assert doctor.process.wait(60) == 1
    assert "FAILED  database: cannot connect" in doctor.output
    assert "FAILED  telegram credentials: no answer" in doctor.output
    assert "verysecret" not in doctor.output


def test_the_doctor_sees_a_package_that_shadows_ours(tmp_path: Path) -> None:
    from bot.diagnosis import _packages

    assert [finding.state for finding in _packages()] == ["ok"]
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "__init__.py").write_text("")
    script = "import runpy; sys.argv[1:] = ['doctor']; runpy.run_module('bot', run_name='__main__')"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({str(PROJECT)!r}); {script}"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert run.stderr.startswith(f"baoxiu: the package handlers is found in {tmp_path}")
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)


def test_any_folder_of_the_checkout_will_do() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bot", "--help"], cwd=PROJECT / "docs", capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)}, check=True,
    )  # fmt: skip
    assert "doctor" in run.stdout


def test_postgres_needs_its_schema_first(start: Start, postgres: str) -> None:
    from tests.conftest import create_database

    create_database(postgres, "empty_one")
    url = postgres.format(name="empty_one")
    refused = start("run", BOT__DATABASE__URL=url, **OPEN)
    assert refused.process.wait(60) == 2
    assert "run `python -m bot db upgrade`" in refused.output
    assert start("db", "upgrade", BOT__DATABASE__URL=url).process.wait(60) == 0
    desk = start("run", BOT__DATABASE__URL=url, **OPEN)
    with desk.client() as client:
        assert say(client, FAULT).json()
    assert desk.stop() == 0


def test_stuck_messages_can_be_seen(start: Start) -> None:
    start("db", "upgrade").process.wait(60)
    listing = start("outbox", "list")
    assert listing.process.wait(60) == 0
    assert "outbox empty" in listing.output
