"""The demonstration's mailbox lets everybody in as anybody: it stays on the machine on which it runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support.databases import close
from tests.support.settings import make_settings
from wizard import create_app
from wizard.settings import SettingsError, read_settings

NEAR = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", ""]
FAR = ["203.0.113.9", "10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1", "fe80::1%eth0", "garbage"]
DOORS = ["/mailbox", "/", "/sign-in/enter-username", "/healthz", "/static/css/perron.css", "/nowhere"]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Flask]:
    """A demonstration that some other server than `perron serve` shows, which may listen anywhere."""
    made = create_app(read_settings({}, tmp_path / "instance", argon2="64,1,1", trusted_proxies="10.0.0.0/8"))
    yield made
    close(made)


def status(app: Flask, path: str, peer: str, forwarded: str = "") -> int:
    """What somebody gets who connects from `peer` and names the installation's own host."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    answer = app.test_client().get(
        path, base_url="http://localhost:8000", headers=headers, environ_overrides={"REMOTE_ADDR": peer}
    )
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("peer", FAR)
def test_who_is_not_on_this_machine_gets_nothing(demo: Flask, peer: str) -> None:
    """`gunicorn -b 0.0.0.0 app:app` with no settings is a demonstration: only its name was asked for, which anybody can say."""
    assert [path for path in DOORS if status(demo, path, peer) != 403] == []


def test_a_header_makes_nobody_near(demo: Flask) -> None:
    for forwarded in ("127.0.0.1", "::1", "127.0.0.1, 127.0.0.1"):
        assert status(demo, "/mailbox", "10.0.0.1", forwarded) == 403
        assert status(demo, "/mailbox", "203.0.113.9", forwarded) == 403


@pytest.mark.parametrize("peer", NEAR)
def test_on_this_machine_it_is_open(demo: Flask, peer: str) -> None:
    assert status(demo, "/mailbox", peer) == 200


def test_real_service_is_open_to_everybody(app: Flask) -> None:
    answer = app.test_client().get("/", base_url="http://localhost", environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == 200


@pytest.mark.parametrize("server", ["mail.example.org", "192.0.2.7"])
def test_a_demonstration_writes_to_no_real_mailbox(tmp_path: Path, server: str) -> None:
    """Whoever reads the invented agent's invitation could send mails to thousands by an import."""
    with pytest.raises(SettingsError) as refused:
        make_settings(tmp_path, demo=True, mail_server=server, mail_tls="starttls")
    assert [problem for problem in refused.value.problems if "demonstration" in problem]
    make_settings(tmp_path, demo=False, mail_server=server, mail_tls="starttls")
