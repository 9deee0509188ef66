"""The mails themselves: what each says, to whom, in which language."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.support.accounts import add_account
from tests.support.mails import Mail
from wizard.brand import brand_style, contrast
from wizard.extensions import tools
from wizard.models import Account, OutboxMail, db, write
from wizard.services import issues, mails, outbox

pytestmark = pytest.mark.usefixtures("app_context")

ISOLATES = "\u2066\u2067\u2068\u2069"


def now() -> datetime:
    return tools().clock.now()


def code(account: Account | None, language: str = "en", journey: str = "forgotten-password") -> OutboxMail:
    ends = now() + timedelta(minutes=10)
    return mails.mailed_code(
        account, None, language=language, code="482913", button_token="t" * 43, ends=ends, journey=journey
    )


def closed(account: Account) -> Account:
    account.disabled_at = now()
    return account


KINDS: dict[str, Callable[[Account], OutboxMail]] = {
    "invitation": lambda account: mails.invitation(account, issues.issue(account)),
    "mailed code": code,
    "code app bound": lambda account: mails.code_app_bound(account, now(), "Firefox, Windows"),
    "code app removed": lambda account: mails.code_app_removed(account, now(), "Firefox, Windows"),
    "phone linked": lambda account: mails.phone_linked(account, now(), "Safari, iPhone"),
    "link opened again": lambda account: mails.link_opened_again(account, now(), "Firefox, Windows"),
    "temporary pass used": lambda account: mails.temporary_pass_used(account, now(), "Firefox, Windows"),
    "phone removed": lambda account: mails.phone_removed(account, now(), "Firefox, Android"),
    "last phone removed": lambda account: mails.phone_removed(account, now(), "Firefox, Android", none_left=True),
    "last code app removed": lambda account: mails.code_app_removed(account, now(), "Firefox, Windows", none_left=True),
    "said not me": lambda account: mails.said_not_me(account, now(), "Firefox, Windows"),
    "said not me, password ended": lambda account: mails.said_not_me(account, now(), "Firefox", password_ended=True),
    "said not me, somebody was in": lambda account: mails.said_not_me(account, now(), "Firefox", in_since=now()),
    "recovery code used": lambda account: mails.recovery_code_used(account, now(), "Firefox, Windows", 9),
    "password changed": lambda account: mails.password_changed(account, now(), "Firefox, Windows"),
    "first password": lambda account: mails.password_changed(account, now(), "Firefox, Windows", is_first=True),
    "ended by an agent": lambda account: mails.password_ended(account, "agent"),
    "ended by an agent, closed": lambda account: mails.password_ended(closed(account), "agent"),
    "ended by not-me": lambda account: mails.password_ended(account, "not-me"),
    "sign-in paused": lambda account: mails.sign_in_paused(account, now() + timedelta(minutes=1)),
    "issue taken over": lambda account: mails.issue_taken_over(account, now(), "Safari, iPhone"),
}
NOTICES = [kind for kind in KINDS if kind not in {"invitation", "mailed code"}]


def written(make: Callable[[Account], OutboxMail], **facts: Any) -> Mail:
    """The mail that `make` writes for a new account."""
    account = add_account(**facts)
    with write() as session:
        row = make(session.get_one(Account, account.id))
        return Mail(outbox.read_message(row), kind=row.kind, state=row.state)


def plain(mail: Mail) -> str:
    """The plain part, its lines ended as in Python."""
    return mail.plain.replace("\r\n", "\n")


def shown(mail: Mail) -> str:
    """The words of the HTML part, as one line."""
    return " ".join(mail.soup.get_text(" ").split())


def test_an_invitation_carries_button_and_credentials_that_fit_its_issue() -> None:
    account = add_account()
    with write():
        secrets = issues.issue(account)
        mail = Mail(outbox.read_message(mails.invitation(account, secrets)))
    assert mail.button == f"http://localhost/i/{secrets.button_token}"
    assert (mail.username, mail.temporary_password) == ("lea.morel", secrets.temporary_password)
    assert mail.subject == "Your access to Tamaris Relief"
    assert mail.to == "lea.morel@people.example"
    assert mail.soup.h1 is not None
    assert mail.soup.h1.get_text(strip=True) == "Hello Léa, here is your access"
    for part in (plain(mail), shown(mail)):
        assert "Friday 27 November, 9:00" in part
        assert "Nobody will ask you for this password" in part
        assert "+41 22 555 01 23" in part
    assert mail.soup.select_one("a[data-button]").get_text() == "Start"  # type: ignore[union-attr]


@pytest.mark.settings(invitation_carries="button")
def test_an_invitation_may_carry_the_button_only() -> None:
    mail = written(KINDS["invitation"])
    assert mail.username == "lea.morel"
    assert mail.temporary_password is None
    assert "password:" not in plain(mail)
    assert mail.button is not None
    assert mail.button in shown(mail), "Whose program hides buttons copies the address."


def test_an_invitation_is_given_up_after_72_hours_or_with_its_issue(clock: Any) -> None:
    account = add_account()
    with write():
        secrets = issues.issue(account)
        assert mails.invitation(account, secrets).useful_until == clock.now() + timedelta(hours=72)
        clock.advance(days=6)
        assert mails.invitation(account, secrets).useful_until == secrets.ends_at


def test_a_code_stands_at_the_start_of_subject_and_text() -> None:
    mail = written(code)
    assert mail.code == "482913"
    assert mail.subject == "482913 is your code for Tamaris Relief"
    assert plain(mail).startswith("482913 is your code\n")
    assert mail.button == "http://localhost/i/" + "t" * 43
    for part in (plain(mail), shown(mail)):
        assert re.search(r"good until 9:10", part)
        assert "If you did not ask for it, do nothing" in part
        assert "It is for choosing a new password" in part


def test_a_code_is_mailed_in_the_language_of_the_page_and_to_the_stored_address() -> None:
    account = add_account(language="en")
    with write():
        row = mails.mailed_code(
            account, "typed@elsewhere.example", language="fr", code="1", button_token="t", ends=now(), journey="sign-in"
        )
        mail = Mail(outbox.read_message(row))
    assert mail.language == "fr"
    assert mail.soup.html is not None
    assert mail.soup.html["lang"] == "fr"
    assert mail.to == "lea.morel@people.example"


def test_an_address_without_an_account_can_be_asked_for_a_code() -> None:
    with write():
        row = mails.mailed_code(
            None, "new@people.example", language="en", code="482913", button_token="t", ends=now(), journey="sign-in"
        )
        assert Mail(outbox.read_message(row)).to == "new@people.example"


@pytest.mark.parametrize("kind", NOTICES)
def test_a_notice_says_which_account_and_when_and_whom_to_call(kind: str) -> None:
    mail = written(KINDS[kind])
    for part in (plain(mail), shown(mail)):
        assert "lea.morel" in part
        assert "Friday 20 November, 9:00" in part
        assert "+41 22 555 01 23" in part
    assert mail.button is None, "A notice asks for no press: whoever forges one cannot train people to do it."


@pytest.mark.parametrize(
    "kind",
    [
        "code app bound",
        "phone linked",
        "said not me",
        "recovery code used",
        "password changed",
        "issue taken over",
    ],
)
def test_a_notice_names_the_browser(kind: str) -> None:
    assert re.search(r"Browser:\n(Firefox, Windows|Safari, iPhone)\n", plain(written(KINDS[kind])))


def test_the_notice_of_a_removed_phone_names_the_phone_and_no_browser() -> None:
    mail = written(KINDS["phone removed"])
    assert "Phone:\nFirefox, Android\n" in plain(mail)
    assert "Phone Firefox, Android" in shown(mail)
    assert "Browser" not in plain(mail) + mail.html


def test_the_notice_of_a_removed_phone_without_a_name_makes_none_up() -> None:
    mail = written(lambda account: mails.phone_removed(account, now(), "Phone"))
    assert "Phone:" not in plain(mail)


@pytest.mark.parametrize("kind", ["last phone removed", "last code app removed"])
def test_where_nothing_confirms_any_more_the_notice_says_how_to_set_it_up(kind: str) -> None:
    for part in (plain(mail := written(KINDS[kind])), shown(mail)):
        assert re.search(r"If it was you, set up a new phone or code app: open localhost ?and sign in\.", part)
        assert "If it was not you, call" in part
        assert "there is nothing to do" not in part


@pytest.mark.parametrize(("left", "words"), [(9, "9 codes are left."), (1, "1 code is left.")])
def test_the_notice_of_a_recovery_code_says_how_many_are_left(left: int, words: str) -> None:
    mail = written(lambda account: mails.recovery_code_used(account, now(), "Firefox, Windows", left))
    for part in (plain(mail), shown(mail)):
        assert words in part
        assert "If it was you, there is nothing to do." in part


def test_codes_that_end_with_the_new_phone_are_not_said_to_stay() -> None:
    mail = written(lambda account: mails.recovery_code_used(account, now(), "Firefox, Windows", 9, are_replaced=True))
    for part in (plain(mail), shown(mail)):
        assert "9 codes are left. The codes that are left end when the new phone or code app works." in part


def test_who_has_answered_not_me_is_told_what_there_is_to_do() -> None:
    for part in (plain(mail := written(KINDS["said not me, password ended"])), shown(mail)):
        assert re.search(r"typed no longer works\. To choose a new password, open localhost ?, choose", part)
        assert not re.search(r"there is nothing to do|it was not you, call", part)


def test_who_is_in_a_pause_need_not_wait() -> None:
    for part in (plain(mail := written(KINDS["sign-in paused"])), shown(mail)):
        assert re.search(r"or choose a new password now\. To choose a new password, open localhost ?, choose", part)


def test_the_first_password_is_not_said_to_be_changed() -> None:
    mail = written(KINDS["first password"])
    assert mail.subject == "Your password for Tamaris Relief is set"
    for part in (plain(mail), shown(mail)):
        assert "From now on you sign in to Tamaris Relief at localhost" in part
        assert "call +41 22 555 01 23 now" in part
        assert not re.search(r"was changed|signed out", part)


def test_the_notice_of_the_last_recovery_code_says_so_and_where_new_ones_are_made() -> None:
    mail = written(lambda account: mails.recovery_code_used(account, now(), "Firefox, Windows", 0))
    for part in (plain(mail), shown(mail)):
        assert "It was the last one." in part
        assert (
            "make new recovery codes: open localhost/account/recovery-codes and sign in with your phone or your code app."
            in part
        )
        assert "If it was not you, call" in part
        assert not re.search(r"\b0\b.*left|there is nothing to do", part)
    assert mail.button is None


def test_a_notice_does_without_a_browser_that_is_not_known() -> None:
    mail = written(lambda account: mails.password_changed(account, now(), ""))
    assert "Browser" not in plain(mail) + mail.html


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_is_whole(kind: str) -> None:
    mail = written(KINDS[kind])
    soup = mail.soup
    assert soup.html is not None
    assert (soup.html["lang"], soup.html["dir"]) == ("en", "ltr")
    assert len(soup.find_all("h1")) == 1
    assert soup.title is not None
    assert soup.title.get_text(strip=True) == " ".join(soup.h1.get_text().split())  # type: ignore[union-attr]
    assert not soup.find_all(["img", "script", "link", "form", "iframe"]), "A mail loads and runs nothing."
    assert len(soup.select("[data-button]")) <= 1
    assert all(table["role"] == "presentation" for table in soup.find_all("table"))
    for part in (plain(mail), shown(mail), mail.subject):
        assert not re.search(r"%\(|\{\{|\{%|None|Undefined", part), "A placeholder was left over."
    assert "\n\n\n" not in plain(mail)
    assert "&" not in plain(mail), "The plain part is not escaped."
    assert not any(isolate in plain(mail) for isolate in ISOLATES)
    assert max(map(len, plain(mail).splitlines())) < 300


@pytest.mark.parametrize("kind", KINDS)
def test_links_lead_to_this_installation_only(kind: str, app: Flask) -> None:
    with app.test_request_context("/", headers={"Host": "evil.example"}, base_url="https://evil.example"):
        mail = written(KINDS[kind])
    for link in mail.soup.select("a[href]"):
        parts = urlsplit(str(link["href"]))
        assert parts.scheme in {"tel", "mailto"} or f"{parts.scheme}://{parts.netloc}" == "http://localhost"
    assert "evil.example" not in mail.html + plain(mail)


@pytest.mark.parametrize("kind", KINDS)
def test_names_can_neither_link_nor_mark_up(kind: str) -> None:
    mail = written(KINDS[kind], given_name="<b>Prize</b> at www.prize.example/win now", family_name="")
    assert mail.soup.find("b") is None
    for part in (mail.html, plain(mail)):
        assert "www.prize" not in part
        assert "prize.example" not in part


def test_a_name_is_greeted_and_a_user_name_is_not() -> None:
    assert "Hello Léa," in plain(written(KINDS["invitation"]))
    nameless = written(KINDS["invitation"], username="l.morel", given_name="", family_name="", display_name="")
    assert plain(nameless).startswith("Here is your access\n")
    assert nameless.username == "l.morel"


@pytest.mark.settings(languages=("en", "fr", "ar"), time_zone="Europe/Paris")
@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_from_right_to_left_isolates_what_runs_the_other_way(kind: str) -> None:
    make = KINDS[kind] if kind != "mailed code" else lambda account: code(account, "ar")
    mail = written(make, language="ar")
    assert mail.soup.html is not None
    assert (mail.soup.html["lang"], mail.soup.html["dir"]) == ("ar", "rtl")
    assert "\u2068+41 22 555 01 23\u2069" in plain(mail)
    assert all(table.get("dir", "rtl") == "rtl" for table in mail.soup.find_all("table"))
    assert "+41 22 555 01 23" in [bdi.get_text() for bdi in mail.soup.select("bdi[dir=ltr]")]
    # What is copied from its own line must not carry invisible characters along.
    alone = [line for line in plain(mail).splitlines() if line in {mail.username, mail.temporary_password, mail.button}]
    assert len(alone) == len([fact for fact in (mail.username, mail.temporary_password, mail.button) if fact])


@pytest.mark.settings(languages=("en", "fr"), time_zone="Europe/Paris")
def test_dates_are_local_and_in_the_language_of_the_person() -> None:
    mail = written(KINDS["invitation"], language="fr")
    for part in (plain(mail), shown(mail)):
        assert "vendredi 27 novembre, 10:00" in part
        assert "heure normale d’Europe centrale" in part, "A clock time is worth nothing without its zone."


@pytest.mark.settings(languages=("en", "fr", "ar"))
def test_who_cannot_read_the_mail_finds_the_page_in_another_language() -> None:
    mail = written(KINDS["invitation"])
    others = {str(link["lang"]): str(link["href"]) for link in mail.soup.select("a[hreflang]")}
    assert others == {"fr": f"{mail.button}?language=fr", "ar": f"{mail.button}?language=ar"}


@pytest.mark.settings(mail_on_behalf_of="Val-Dorne Council", mail_sender_name="Tamaris Access")
@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_for_another_organisation_says_so(kind: str) -> None:
    mail = written(KINDS[kind])
    assert mail.sender == "Tamaris Access <access@tamaris.example>"
    for part in (plain(mail), shown(mail)):
        assert "Tamaris Access sends it on behalf of Val-Dorne Council." in part


@pytest.mark.settings(support_phone="", support_email="", support_hours="")
@pytest.mark.parametrize("kind", KINDS)
def test_an_installation_without_a_desk_promises_none(kind: str) -> None:
    mail = written(KINDS[kind])
    assert "Need help?" not in plain(mail) + mail.html
    assert not re.search(r"call\s+(now|\.)", plain(mail))


@pytest.mark.settings(short_address="go.tamaris.example")
def test_a_short_address_is_for_typing_and_not_a_link_to_elsewhere() -> None:
    mail = written(KINDS["invitation"])
    assert "\ngo.tamaris.example\n" in plain(mail)
    assert "go.tamaris.example" in [bdi.get_text() for bdi in mail.soup.find_all("bdi")]
    assert not any("go.tamaris" in str(link["href"]) for link in mail.soup.select("a[href]"))


@pytest.mark.parametrize(("policy", "treads"), [("required", 7), ("off", 4)])
def test_the_stair_has_a_tread_for_each_step(app: Flask, settings: Any, policy: str, treads: int) -> None:
    app.extensions["perron"].settings = dataclasses.replace(settings, second_factor=policy)
    mail = written(KINDS["invitation"])
    assert len(mail.soup.select("td.tread")) == treads
    for part in (plain(mail), shown(mail)):
        assert ("have a phone or a tablet beside you" in part) is (policy == "required")


@pytest.mark.parametrize("colour", ["", "#1d4f91", "#ffd27a"], ids=["own green", "dark blue", "light yellow"])
def test_the_button_has_the_colour_of_the_pages_and_its_words_can_be_read(
    app: Flask, settings: Any, colour: str
) -> None:
    app.extensions["perron"].settings = dataclasses.replace(settings, brand_colour=colour)
    button = written(KINDS["invitation"]).soup.select_one("a[data-button]")
    assert button is not None
    assert button.parent is not None
    ground = str(button.parent["bgcolor"])
    assert "color:#ffffff" in str(button["style"])
    red, green, blue = (int(ground[at : at + 2], 16) / 255 for at in (1, 3, 5))
    assert contrast((red, green, blue), (1.0, 1.0, 1.0)) >= 4.5
    assert f"--accent:{ground}" in (brand_style(colour) or "--accent:#0d5c49")


def test_a_code_costs_the_same_for_a_name_that_nobody_has() -> None:
    account = add_account()
    with write():
        known, unknown = code(account), code(None)
    assert (known.kind, known.subject) == (unknown.kind, unknown.subject)
    assert known.useful_until == unknown.useful_until


def test_the_pressed_button_is_noted_at_the_newest_mail_of_its_kind_once(clock: Any) -> None:
    account = add_account()
    ids = []
    for _ in range(2):
        with write():
            ids.append(mails.invitation(account, issues.issue(account)).id)
            clock.advance(minutes=1)
    first_press = clock.now()
    for _ in range(2):
        with write():
            mails.note_button_opened(account, ("invitation",), clock.now())
        clock.advance(minutes=1)
    assert [db.session.get_one(OutboxMail, mail_id).button_opened_at for mail_id in ids] == [None, first_press]
