"""The comforts that the script adds, and that nothing is lost without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.hands import is_signed_in, press, sign_in, sign_out, step_of
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD, code_of, completed, invite, next_code, press_button, secret_of
from tests.support.rows import rows_of
from wizard.domain.password_rules import PasswordContext, kinds_in, normalised, problems
from wizard.models import Session

NewComputer = Callable[..., Computer]
RULES = ("length", "kinds", "no-username")
KINDS = ("capital", "small", "digit", "symbol")
NAME = "zoé.lind"
TICKS: dict[str, set[str]] = {
    "": set(),
    "abcdefg": {"small", "no-username"},
    "abcdefgh": {"length", "small", "no-username"},
    "Abcdef7": {"capital", "small", "digit", "kinds", "no-username"},
    "Abcdefg7": {"length", "capital", "small", "digit", "kinds", "no-username"},
    "ABCD efg": {"length", "capital", "small", "symbol", "kinds", "no-username"},
    "😀😀😀😀": {"symbol", "no-username"},  # eight units for a script, four characters for a person
    "😀😀😀😀😀😀😀😀": {"length", "symbol", "no-username"},
    "𝐀𝐛𝟕 x": {"capital", "small", "digit", "symbol", "kinds", "no-username"},
    "e\u0301" * 7: {"small", "no-username"},  # composed it is seven letters, not fourteen characters
    "e\u0301" * 8: {"length", "small", "no-username"},
    "١٢٣Ab世界": {"capital", "small", "digit", "kinds", "no-username"},
    "x" * 256: {"length", "small", "no-username"},
    "x" * 257: {"small", "no-username"},
    "Zoe\u0301.Lind 7": {"length", "capital", "small", "digit", "symbol", "kinds"},
}
"""What is ticked when somebody called zoé.lind has typed this."""


@pytest.fixture
def live(live_app: Callable[..., LiveApp]) -> LiveApp:
    return live_app()


@pytest.fixture
def choosing(live: LiveApp, new_computer: NewComputer) -> Page:
    """A page that asks zoé.lind for a new password."""
    page = new_computer().page
    person = invite(live.app, NAME, email="zoe@people.example")
    page.goto(live.base_url + person.button)
    press(page, "yes")
    press(page)
    press(page, "code-app")
    press(page, code=code_of(page.locator("[data-secret]").inner_text().replace(" ", ""), live.clock))
    assert step_of(page) == "change-password"
    return page


def ticked(page: Page) -> set[str]:
    """The rules and kinds that are ticked; what is heard says the same as what is seen."""
    seen = {name for name in RULES if page.locator(f"[data-rule={name}].done").count()}
    heard = {name for name in RULES if not page.locator(f"[data-rule={name}] > [data-done]").evaluate("e => e.hidden")}
    assert seen == heard
    return seen | {kind for kind in KINDS if page.locator(f"[data-kind={kind}].done").count()}


def test_the_rules_are_ticked_while_one_types(choosing: Page) -> None:
    wrong = []
    for typed, expected in TICKS.items():
        choosing.fill("[name=new_password]", typed)
        found = ticked(choosing)
        if found != expected:
            wrong.append(f"{typed!r}: {sorted(found ^ expected)}")
    assert not wrong


@pytest.mark.parametrize("typed", [typed for typed in TICKS if typed])
def test_what_is_ticked_is_what_the_server_says(typed: str) -> None:
    context = PasswordContext("classic", has_second_factor=True, username=NAME)
    refused = {problem.id for problem in problems(typed, context)}
    ticks = TICKS[typed]
    assert kinds_in(normalised(typed)) == ticks & set(KINDS)
    assert {
        "length": refused.isdisjoint({"too-short", "too-long"}),
        "kinds": "too-few-kinds" not in refused,
        "no-username": "contains-username" not in refused,
    } == {rule: rule in ticks for rule in RULES}


def test_a_password_is_shown_and_hidden_again_before_it_leaves(choosing: Page) -> None:
    field, show = choosing.locator("[name=new_password]"), choosing.locator("[data-show=new_password]")
    words = {"text": show.get_attribute("data-hide-text"), "password": show.get_attribute("data-show-text")}
    assert (field.get_attribute("type"), show.inner_text()) == ("password", words["password"])
    field.fill("short")
    for kind in ("text", "password", "text"):
        show.click()
        assert (field.get_attribute("type"), show.inner_text()) == (kind, words[kind])
        assert field.input_value() == "short"
    choosing.evaluate(
        "document.addEventListener('submit', () => sessionStorage.setItem('left as', "
        "document.querySelector('[name=new_password]').type))"
    )
    press(choosing)
    assert choosing.evaluate("sessionStorage.getItem('left as')") == "password"
    assert choosing.locator("[name=new_password]").input_value() == "", "What was typed does not come back."


def test_the_key_is_copied_without_its_blanks(live: LiveApp, new_computer: NewComputer) -> None:
    computer = new_computer(permissions=["clipboard-read", "clipboard-write"])
    page = computer.page
    person = invite(live.app)
    page.goto(live.base_url + person.button)
    press(page, "yes")
    press(page)
    press(page, "code-app")
    copy = page.locator("[data-copy]")
    copy.click()
    page.wait_for_function("button => button.textContent === button.dataset.copiedText", arg=copy.element_handle())
    assert page.evaluate("navigator.clipboard.readText()") == secret_of(live.app, person)


def test_without_scripts_nothing_is_offered_that_needs_them(live: LiveApp, new_computer: NewComputer) -> None:
    page = new_computer(java_script=False).page
    person = invite(live.app)
    page.goto(live.base_url + "/guide/first-connection")
    assert not page.locator("[data-print]").is_visible()
    page.goto(live.base_url + person.button)
    press(page, "yes")
    press(page)
    press(page, "code-app")
    assert not page.locator("[data-copy]").is_visible()
    page.goto(live.base_url + "/first-connection/enter-password")
    press(page, code=code_of(secret_of(live.app, person), live.clock))
    assert not page.locator("[data-show]").is_visible()
    assert page.locator("[name=new_password]").is_visible()


def test_the_accounts_that_have_signed_in_are_offered(live: LiveApp, new_computer: NewComputer) -> None:
    first = completed(live.app, given_name="Amina", family_name="Keita")
    second = completed(live.app, "bilal.aden", given_name="", family_name="")
    page = new_computer().page
    sign_in(page, live, first)
    sign_out(page)
    page.goto(live.base_url + "/sign-in")
    assert page.locator("[name=known]").all_inner_texts() == ["Amina Keita\namina.keita"]
    press(page, "other")
    press(page, username=second.username)
    press(page, password=second.password)
    press(page, code=next_code(str(second.secret), live.clock))
    assert is_signed_in(page)
    sign_out(page)
    page.goto(live.base_url + "/sign-in")
    assert [each.split("\n")[-1] for each in page.locator("[name=known]").all_inner_texts()] == [
        second.username,
        first.username,
    ]
    with page.expect_navigation():
        page.locator("[name=known]").last.click()
    assert first.username in page.locator("main .lead").inner_text()


def test_a_shared_computer_forgets_who_was_there(live: LiveApp, new_computer: NewComputer) -> None:
    person = completed(live.app)
    computer = new_computer()
    sign_in(computer.page, live, person, shared=True)
    assert is_signed_in(computer.page)
    sign_out(computer.page)
    computer.page.go_back()
    computer.page.reload()
    assert not is_signed_in(computer.page), "The button back of the browser leads into no session."
    computer.page.goto(live.base_url + "/sign-in")
    assert step_of(computer.page) == "enter-username"
    assert computer.page.locator("[name=known]").count() == 0
    assert person.username not in computer.page.content()


def test_a_new_session_signs_this_computer_out(live: LiveApp, new_computer: NewComputer) -> None:
    person = invite(live.app)
    press_button(PageClient(live.app), person)
    page = new_computer().page
    page.goto(live.base_url + person.button)
    press(page, "yes")
    press(page)
    press(page, "code-app")
    press(page, code=code_of(secret_of(live.app, person), live.clock))
    press(page, new_password=PASSWORD)
    press(page, "skip")
    press(page, "new-session")
    assert (step_of(page), is_signed_in(page)) == ("enter-username", False)
    assert all(row.revoked_at for row in rows_of(live.app, Session, account_id=person.account_id))
