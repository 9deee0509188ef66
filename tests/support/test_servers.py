"""The servers that tests stand on answer for real, refuse when told so, and leave nothing behind."""

from __future__ import annotations

import os
import select
import smtplib
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, inspect, text

from tests.support.clock import MovableClock
from tests.support.processes import DidNotStart, ServerProcess
from tests.support.races import at_once
from tests.support.smtp import SmtpServer

ROOT = Path(__file__).resolve().parents[2]
MAIL = "To: amina@tamaris.example\nSubject: Code\n\n123456\n"


def test_each_test_has_a_migrated_database_of_its_own(each_database: str, database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        assert engine.dialect.name == each_database
        assert {"accounts", "outbox", "alembic_version"} <= set(inspect(connection).get_table_names())
        assert connection.execute(text("SELECT count(*) FROM accounts")).scalar_one() == 0
    engine.dispose()


def test_redis_answers(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        assert connection.incr("counter") == 1


def test_the_mail_server_takes_puts_off_refuses_and_comes_back(smtp: SmtpServer) -> None:
    smtp.refuse("nobody@tamaris.example")
    smtp.answer_next("451 4.3.0 Try again later")
    with smtplib.SMTP(smtp.host, smtp.port, timeout=5) as line:
        with pytest.raises(smtplib.SMTPDataError) as put_off:
            line.sendmail("a@tamaris.example", "amina@tamaris.example", MAIL)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            line.sendmail("a@tamaris.example", "nobody@tamaris.example", MAIL)
        line.sendmail("a@tamaris.example", "amina@tamaris.example", MAIL)
    assert (put_off.value.smtp_code, smtp.tried, smtp.mails[0].subject) == (451, 3, "Code")
    smtp.stop()
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(smtp.host, smtp.port, timeout=5)
    smtp.start()
    with smtplib.SMTP(smtp.host, smtp.port, timeout=5) as line:
        line.sendmail("a@tamaris.example", "amina@tamaris.example", MAIL)
    assert len(smtp.delivered) == 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_mail_server_speaks_tls_to_those_who_trust_it(start_smtp: Callable[..., SmtpServer], security: str) -> None:
    server = start_smtp(security)
    trusting = ssl.create_default_context(cafile=str(server.certificate))
    with _secure(server, trusting) as line:
        line.sendmail("a@tamaris.example", "amina@tamaris.example", MAIL)
    assert len(server.delivered) == 1
    with pytest.raises(ssl.SSLCertVerificationError):
        _secure(server, ssl.create_default_context())


def _secure(server: SmtpServer, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=5, context=context)
    line = smtplib.SMTP(server.host, server.port, timeout=5)
    try:
        line.starttls(context=context)
    except ssl.SSLError:
        line.close()
        raise
    return line


def test_a_server_that_ends_says_its_last_words(tmp_path: Path) -> None:
    process = ServerProcess([sys.executable, "-c", "raise SystemExit('the port is taken')"], tmp_path)
    with pytest.raises(DidNotStart, match="the port is taken"):
        process.wait_until(lambda: False)


def test_time_stands_still_until_it_is_moved(clock: MovableClock) -> None:
    before = clock.now()
    assert clock.now() == before
    assert (clock.advance(minutes=5) - before).total_seconds() == 300
    with pytest.raises(AssertionError):
        clock.advance(seconds=-1)


def test_acts_at_once_give_their_results_in_order() -> None:
    assert at_once([lambda number=number: number for number in range(50)]) == list(range(50))


def test_a_server_ends_with_a_run_that_was_killed(tmp_path: Path) -> None:
    """The parent here is killed outright, as a run that hangs is; its server has to notice by itself."""
    ready = tmp_path / "ready"
    server = f"import pathlib, threading; pathlib.Path({str(ready)!r}).touch(); threading.Event().wait(60)"
    parent = (
        "import pathlib, sys, threading\n"
        "from tests.support.processes import ServerProcess\n"
        f"child = ServerProcess([sys.executable, '-c', {server!r}], pathlib.Path({str(tmp_path)!r}))\n"
        f"child.wait_until(pathlib.Path({str(ready)!r}).exists)\n"
        "print(child.process.pid, flush=True)\n"
        "threading.Event().wait(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        handle = os.pidfd_open(int(run.stdout.readline()))
        run.kill()
    try:
        assert select.select([handle], [], [], 15)[0], "The server goes on without the run that started it."
    finally:
        os.close(handle)
