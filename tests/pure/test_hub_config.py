"""config.json from the Hub: fetched once, kept, and a reason where there is none. The Hub is a server of our own."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from engine.gathering import hub_config
from engine.gathering.hub_config import fetch_config


class Hub(HTTPServer):
    """Answers as the Hub does, and notes who asked for what."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[tuple[str, str]] = []
        self.answers = {"/owner/name/resolve/main/config.json": (200, json.dumps({"model_type": "llama"}))}


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization", "")))
        code, text = self.server.answers.get(self.path, (404, ""))
        self.send_response(code)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    server = Hub()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(hub_config, "_unanswered", {})
    yield server
    server.shutdown()
    server.server_close()


def test_it_is_fetched_once_and_kept(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    folder, problem = fetch_config("owner/name", "", tmp_path)
    assert (problem, folder and (folder / "config.json").read_text()) == ("", '{"model_type": "llama"}')
    assert fetch_config("owner/name", "", tmp_path) == (folder, "")
    assert hub.asked == [("/owner/name/resolve/main/config.json", "Bearer hf_secret")]


def test_a_revision_is_asked_for_and_kept_apart(hub: Hub, tmp_path: Path) -> None:
    hub.answers["/owner/name/resolve/abc/config.json"] = (200, "{}")
    folder, _ = fetch_config("owner/name", "abc", tmp_path)
    assert folder is not None
    assert folder != fetch_config("owner/name", "", tmp_path)[0]


@pytest.mark.parametrize(
    ("code", "said"), [(401, "set HF_TOKEN"), (403, "set HF_TOKEN"), (404, "check model.base"), (500, "error 500")]
)
def test_why_there_is_none(hub: Hub, tmp_path: Path, code: int, said: str) -> None:
    hub.answers["/owner/gated/resolve/main/config.json"] = (code, "")
    folder, problem = fetch_config("owner/gated", "", tmp_path)
    assert folder is None
    assert said in problem
    assert "\n" not in problem
    assert fetch_config("owner/gated", "", tmp_path) == (None, problem)
    assert len(hub.asked) == 1  # not asked again at once


def test_bytes_that_are_no_text_are_refused(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_config, "_MOST_BYTES", 3)
    assert "cannot be used" in fetch_config("owner/name", "", tmp_path)[1]


def test_nobody_is_asked_when_offline_is_said(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder, problem = fetch_config("owner/name", "", tmp_path)
    assert folder is None
    assert "HF_HUB_OFFLINE" in problem
    assert hub.asked == []


def test_a_hub_that_is_not_there_is_said_in_time(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "cannot be reached" in fetch_config("owner/name", "", tmp_path)[1]


def test_what_was_fetched_before_does_where_the_hub_is_silent(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = fetch_config("owner/name", "", tmp_path)
    monkeypatch.setattr(hub_config, "_NEWEST_FOR_S", -1.0)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert fetch_config("owner/name", "", tmp_path) == (folder, "")
