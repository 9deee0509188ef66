"""Texts that want to be more than text: in names, in mails, in files, in addresses of pages."""

from __future__ import annotations

from email import policy
from pathlib import Path

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, press_button, sign_in
from tests.support.rows import beside, rows_of
from tests.support.settings import make_settings
from wizard import create_app
from wizard.models import Account, AuditEvent
from wizard.services import imports
from wizard.settings import SettingsError

MARKUP = '<img src=x onerror="alert(1)"><a href="https://evil.example">Press</a>'


def test_markup_in_names_is_text_on_every_page(app: Flask, client: PageClient) -> None:
    """Umbraco GHSA-xxc6-35r7-796w: a name with markup. Also templates: names are never one."""
    person = invite(app, given_name=MARKUP, family_name="'\"><script>alert(2)</script>", display_name=MARKUP)
    press_button(PageClient(app), person)
    done = completed(app, "bilal.aden", email="bilal@people.example", display_name=MARKUP)
    sign_in(client, done)
    pages = [client.get("/account"), PageClient(app).get(person.button)]
    client.post("/sign-out", {"csrf_token": client.get("/account/password").form_values()["csrf_token"]})
    pages.append(client.get("/sign-in", follow=True))
    for page in pages:
        assert page.status == 200
        assert not page.has("[onerror]"), page.path
        assert not page.has('a[href*="evil"]'), page.path
        assert MARKUP in page.soup.get_text(), page.path


def test_markup_typed_as_a_user_name_is_text(app: Flask, client: PageClient) -> None:
    page = client.get("/sign-in", follow=True).press(username=MARKUP)
    assert page.step == "enter-password"
    assert not page.has("[onerror]")
    assert page.press(password="Wrong one 1").refused == "wrong-password"


def test_a_name_is_never_a_template_nor_a_pattern(app: Flask, client: PageClient) -> None:
    """SEC-45: what was typed is shown as it was typed."""
    page = client.get("/sign-in", follow=True)
    data = {"csrf_token": client.csrf_token(), "username": "{{ 7*7 }}%(name)s{% raw %}"}
    client.raw.post(page.path, base_url=client.home, data=data, headers={"Origin": client.home})
    shown = client.raw.get("/sign-in/enter-password", base_url=client.home).get_data(as_text=True)
    assert "{{ 7*7 }}%(name)s{% raw %}" in shown


def test_a_name_makes_no_link_and_no_header_in_a_mail(app: Flask, mailbox: Mailbox) -> None:
    """Vaultwarden CVE-2024-55224, Tolgee GHSA-gx3w-rwh5-w5cg, GitLab 22076; CPython CVE-2026-1299 and bpo-43124."""
    invite(app, given_name=f"{MARKUP}\r\nBcc: thief@evil.example\r\n\r\nPay at www.evil.example")
    mail = mailbox.newest("invitation")
    assert mail.message["Bcc"] is None
    assert str(mail.message["To"]) == "amina.keita@people.example"
    assert not [a for a in mail.soup.find_all("a") if "evil" in str(a.get("href"))]
    assert not mail.soup.select("[onerror], img")
    assert "evil.example" not in mail.plain + mail.html
    head = mail.message.as_bytes(policy=policy.SMTP).split(b"\r\n\r\n")[0]
    assert b"thief" not in head


@pytest.mark.parametrize("agent", ["<script>alert(1)</script>", "Firefox\u202e https://evil.example", "a" * 5000])
def test_a_browsers_name_is_never_quoted_in_a_mail(app: Flask, mailbox: Mailbox, agent: str) -> None:
    person = invite(app)
    client = PageClient(app)
    page = place_at(client, "first-connection", "change-password", person)
    answer = client.post(
        page.path, {"new_password": "Quatre 4 bateaux"}, headers={"User-Agent": agent.encode().decode("latin-1")}
    )
    assert answer.status == 303
    mail = mailbox.newest("password_changed")
    assert "evil" not in mail.plain + mail.html
    assert "alert" not in mail.html


ROWS = [
    ("=cmd|' /C calc'!A0,formula@people.example,A,B", "refused"),
    ("@SUM(1),sum@people.example,A,B", "refused"),
    ('anna.one,"anna@people.example\nBcc: thief@evil.example",A,B', "refused"),
    ('anna.two,anna@people.example,"A\u202eB",B', "refused"),
    ("anna.three,anna@people.example,See www.evil.example,B", "refused"),
    ('anna.four,"anna@people.example, thief@evil.example",A,B', "refused"),
    ("anna.five,<thief@evil.example>,A,B", "refused"),
    ("аnna.six,anna@people.example,A,B", "refused"),
    ("anna.seven,anna@people.example,=1+1,B", "added"),
]


@pytest.mark.parametrize(("row", "result"), ROWS)
def test_hostile_rows_of_an_import_are_refused_or_harmless(
    app: Flask, tmp_path: Path, mailbox: Mailbox, row: str, result: str
) -> None:
    """OTRS CVE-2026-93581, SEC-46 … SEC-49: formulas, directions, line ends, second addresses."""
    file, report = tmp_path / "people.csv", tmp_path / "report.csv"
    file.write_text(f"username,email,given_name,family_name\n{row}\n", encoding="utf-8")
    order = imports.Order(file, invite=True, report=report)
    summary = beside(app, lambda: imports.run(order))
    assert summary.counts[result] == 1
    cells = [cell.strip('"') for line in report.read_text().splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert {mail.to for mail in mailbox.all()} <= {"anna@people.example"}
    assert len(rows_of(app, Account)) == (1 if result == "added" else 0)


def test_a_name_in_an_import_cannot_carry_a_state(app: Flask, tmp_path: Path) -> None:
    """Columns that no import knows change nothing (ASVS 5.0 15.3.3)."""
    file = tmp_path / "people.csv"
    file.write_text(
        "username,email,password_hash,disabled_at,role\nanna,anna@people.example,x,2020-01-01,administrator\n"
    )
    summary = beside(app, lambda: imports.run(imports.Order(file)))
    assert set(summary.unknown_columns) == {"password_hash", "disabled_at"}
    account = rows_of(app, Account)[0]
    assert (account.password_hash, account.disabled_at) == (None, None)
    assert [event.kind for event in rows_of(app, AuditEvent)] == ["account-added"]


@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/abc", "/mailbox/abc/html", "/demo", "/demo/portal"])
def test_the_doors_of_the_demonstration_do_not_exist_in_production(client: PageClient, path: str) -> None:
    """authentik CVE-2023-46249: a page for setting up was there again."""
    assert client.get(path).status == 404


@pytest.mark.parametrize(
    "name", ["..%2f..%2fsecret-key", "..", "../secret-key", "%2e%2e%2fsecret-key", "a%00", "A", "a.eml", "a\n", "ä"]
)
def test_the_mailbox_of_the_demonstration_reads_no_other_file(tmp_path: Path, name: str) -> None:
    app = create_app(make_settings(tmp_path, demo=True, mail_server=""))
    instance = app.extensions["perron"].settings.instance
    (instance / "mailbox").mkdir(exist_ok=True)
    for place in (instance, instance / "mailbox"):
        (place / "secret-key.eml").write_text("Subject: secret\n\nsecret")
    answer = app.test_client().get(f"/mailbox/{name}", base_url="http://localhost")
    assert answer.status_code in {404, 308}
    assert b"secret\n" not in answer.get_data()
    from tests.support.databases import close

    close(app)


def test_a_database_of_real_people_is_not_opened_as_a_demonstration(
    app: Flask, tmp_path: Path, clock: MovableClock
) -> None:
    """The demonstration shows every mail to everybody: it refuses to start beside real people, whatever the settings say."""
    completed(app)
    decided = app.extensions["perron"].settings
    with pytest.raises(SettingsError):
        create_app(make_settings(tmp_path, demo=True, database_url=decided.database_url, mail_server=""))


@pytest.mark.parametrize("name", ["..%2fsign-in", "%00", "a" * 2000, "__class__", "sign-in%0a", "{{7*7}}"])
def test_only_journeys_have_a_guide(client: PageClient, name: str) -> None:
    assert client.raw.get(f"/guide/{name}", base_url=client.home).status_code == 404
