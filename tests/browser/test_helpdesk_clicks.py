"""How many presses each task of the helpdesk takes from the person's card on: counted by the browser, never more than allowed.

docs/helpdesk-clicks.md shows the same numbers. Both are compared here, so the page cannot promise what the console does not keep.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.hands import follow, path_of
from tests.browser.helpdesk_hands import Agent, at_the_desk
from tests.browser.phones import arrives
from tests.browser.test_pages import served
from tests.support.chromium import Computer
from tests.support.moved import arrived
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import Completed, InvitedPerson, Person, completed, invite, place_at, sign_in
from tests.support.phones import linked
from tests.support.rows import beside, row_of, rows_of
from wizard.models import DeskAct, TemporaryPass, write
from wizard.services import people_search

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| ([^|]+?) +\| (\d+) +\| (\d+) +\|$", re.MULTILINE)
Task = Callable[["Desk"], int]
TASKS: dict[str, tuple[int, Task]] = {}


class Desk:
    """Two agents at their browsers, and new people for each task."""

    def __init__(self, agent: Agent, second: Agent) -> None:
        self.agent, self.second = agent, second
        self.app = agent.live.app
        self._names = iter(f"person.{number}" for number in range(1, 100))

    def invited(self, **fields: str) -> InvitedPerson:
        return invite(self.app, next(self._names), **fields)

    def completed(self) -> Completed:
        return completed(self.app, next(self._names))

    def browser(self) -> PageClient:
        return PageClient(self.app)

    def act(self, person: Person, act: str, step: str = "", *, checked: str = "", **typed: str) -> int:
        """One act from the card to the card; the presses that it took."""
        self.agent.open_card(person)
        self.agent.choose(act, step)
        for name, value in typed.items():
            self.agent.page.locator(f"[name={name}]").fill(value)
        self.agent.confirm(checked)
        assert path_of(self.agent.page) == f"/helpdesk/people/{person.account_id}"
        assert self.agent.said()
        return self.agent.presses

    def newest(self, person: Person) -> tuple[str, str, str | None]:
        """The act that this person's account has seen last: what, what became of it, which step."""
        row = rows_of(self.app, DeskAct, account_id=person.account_id)[-1]
        return row.act, row.state, row.step

    def find(self, typed: str, person: Person, *others: Person) -> int:
        """From any page of the console to the card of `person`: by the search's key, and by a press on the row where `others` fit too."""
        beside(self.app, lambda: _index([each.account_id for each in (person, *others)]))
        page = self.agent.page
        self.agent.open("/helpdesk/queue")
        self.agent.begin()
        page.keyboard.press("/")
        page.keyboard.type(typed)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if others:
            assert page.locator("[data-results] a").count() == len(others) + 1
            follow(page.locator(f"[data-results] a[href$='{person.account_id}']"))
        assert path_of(page) == f"/helpdesk/people/{person.account_id}"
        return self.agent.presses


def _index(account_ids: list[str]) -> None:
    """What the import does for those whom it brings in; tests write the rows by themselves."""
    with write():
        people_search.refresh(account_ids)


def task(name: str, allowed: int) -> Callable[[Task], Task]:
    """`allowed` is what the plan of the console grants this task, after the card is open; a search and a press on the row to open it."""

    def keep(done: Task) -> Task:
        TASKS[name] = (allowed, done)
        return done

    return keep


@task("Find by the help code", 2)
def _find_by_help_code(desk: Desk) -> int:
    person, browser = desk.invited(), desk.browser()
    place_at(browser, "first-connection", "choose-authenticator", person)
    code = browser.get("/first-connection", follow=True).said("[data-help-code]")
    return desk.find(code, person)


@task("Find by a part of the name", 2)
def _find_by_name(desk: Desk) -> int:
    people = [desk.invited(given_name="Alessandro", family_name=name) for name in ("Conti", "Bassi")]
    return desk.find("sandro", *people)


@task("Find by a part of the address", 2)
def _find_by_address(desk: Desk) -> int:
    people = [desk.invited(email=f"{name}.letterbox@people.example") for name in ("lea", "noor")]
    return desk.find("letterbox", *people)


@task("Find by the organisation", 2)
def _find_by_organisation(desk: Desk) -> int:
    people = [arrived(desk.app, f"{name}@keepers.example", organisation="Lighthouse Fund") for name in ("lea", "noor")]
    return desk.find("lighthouse", *people)


@task("Tell why it is stuck, read the sentence to say", 0)
def _tell_why(desk: Desk) -> int:
    person = desk.invited()
    place_at(desk.browser(), "first-connection", "enter-code", person)
    desk.agent.open_card(person)
    card = desk.agent.page.locator("main[data-page=helpdesk-person]")
    expect(card).to_have_attribute("data-stands-at", "enter-code")
    expect(card.locator(".sentence")).to_contain_text("code")
    return desk.agent.presses


@task("Send the mail again", 2)
def _send_again(desk: Desk) -> int:
    person = desk.invited()
    before = len(Mailbox(desk.app).all("invitation"))
    presses = desk.act(person, "resend")
    assert len(Mailbox(desk.app).all("invitation")) == before + 1
    return presses


@task("Allow a new code", 2)
def _allow_new_code(desk: Desk) -> int:
    person, browser = desk.completed(), desk.browser()
    waiting = place_at(browser, "forgotten-password", "verify-email", person)
    assert not waiting.press("resend").has("button[value=resend]")
    presses = desk.act(person, "new-code")
    assert browser.get("/forgotten-password", follow=True).has("button[value=resend]")
    return presses


@task("Mail the guide from the person’s step on", 2)
def _mail_guide(desk: Desk) -> int:
    person = desk.invited()
    presses = desk.act(person, "send-guide")
    assert Mailbox(desk.app).newest("desk_guide", to=person.email)
    return presses


@task("Print the guide from the person’s step on", 2)
def _print_guide(desk: Desk) -> int:
    person = desk.invited()
    place_at(desk.browser(), "first-connection", "choose-authenticator", person)
    desk.agent.open_card(person)
    desk.agent.choose("send-guide")
    follow(desk.agent.page.locator("main p > a[href*='/guide/']"))
    assert path_of(desk.agent.page) == "/guide/first-connection"
    assert desk.agent.page.url.endswith("#choose-authenticator")
    return desk.agent.presses


@task("Unlock", 2)
def _unlock(desk: Desk) -> int:
    person, browser = desk.completed(), desk.browser()
    page = place_at(browser, "sign-in", "enter-password", person)
    for number in range(4):
        page = page.press(password=f"not this one {number}")
    assert page.refused == "paused"
    presses = desk.act(person, "unlock")
    assert place_at(browser, "sign-in", "enter-code", person)
    return presses


def _reset(step: str, person_of: Callable[[Desk], Person], state: str = "done") -> Task:
    def done(desk: Desk) -> int:
        person = person_of(desk)
        presses = desk.act(person, "reset-step", step, checked="known")
        assert desk.newest(person) == ("reset-step", state, step)
        return presses

    return done


def _with_mailed_code(desk: Desk) -> Person:
    person = desk.completed()
    place_at(desk.browser(), "forgotten-password", "verify-email", person)
    return person


def _with_codes(desk: Desk) -> Person:
    return linked(desk.app, "with.codes").person


task("Reset the invitation", 3)(_reset("enter-password", Desk.invited))
task("Reset the mailed codes", 3)(_reset("verify-email", _with_mailed_code))
task("Reset the password", 3)(_reset("change-password", Desk.completed))
task("Reset the second step", 3)(_reset("choose-authenticator", Desk.completed, "waiting"))
task("Reset the recovery codes", 3)(_reset("keep-recovery-codes", _with_codes))
task("Reset the details", 3)(_reset("check-details", lambda desk: arrived(desk.app, "details@harbour.example")))


@task("Reset the password, checked by the linked phone", 3)
def _reset_checked_by_phone(desk: Desk) -> int:
    someone, page = linked(desk.app, "with.phone"), desk.agent.page
    desk.agent.open_card(someone.person)
    desk.agent.choose("reset-step", "change-password")
    follow(page.locator("main form[action*='/caller?'] button"))
    someone.phone.say(page.locator("[data-number]").inner_text())
    arrives(page, f"/helpdesk/people/{someone.person.account_id}/acts/reset-step")
    desk.agent.confirm()
    (row,) = rows_of(desk.app, DeskAct, account_id=someone.person.account_id)
    assert (row.state, row.step, row.checked_how) == ("done", "change-password", "phone")
    return desk.agent.presses


@task("Give a temporary pass", 4)
def _temporary_pass(desk: Desk) -> int:
    person = desk.completed()
    asked = desk.act(person, "temporary-pass", checked="called-back")
    desk.second.open("/helpdesk/approvals")
    waiting = rows_of(desk.app, DeskAct, account_id=person.account_id)[-1].id
    follow(desk.second.page.locator(f"main .rows a[href='/helpdesk/approvals/{waiting}']"))
    follow(desk.second.page.locator("button[value=yes]"))
    desk.agent.open_card(person)
    follow(desk.agent.page.locator("form[action$='/pass'] button"))
    expect(desk.agent.page.locator("[data-pass]")).to_have_text(re.compile(r"^[0-9a-z]{4}(-[0-9a-z]{5}){2}$"))
    assert row_of(desk.app, TemporaryPass, account_id=person.account_id).ended_at is None
    return asked + desk.agent.presses


@task("Change the address", 4)
def _change_address(desk: Desk) -> int:
    person = desk.completed()
    presses = desk.act(person, "change-address", checked="called-back", address="new.address@people.example")
    assert desk.newest(person)[:2] == ("change-address", "waiting")
    return presses


@task("Report abuse", 2)
def _report_abuse(desk: Desk) -> int:
    return _signed_out_by(desk, "report-abuse")


@task("End all sessions", 2)
def _end_sessions(desk: Desk) -> int:
    return _signed_out_by(desk, "end-sessions")


def _signed_out_by(desk: Desk, act: str) -> int:
    person, browser = desk.completed(), desk.browser()
    sign_in(browser, person)
    presses = desk.act(person, act)
    assert browser.get("/account").location == "/sign-in"
    return presses


@task("See who has been stuck longest", 1)
def _queue(desk: Desk) -> int:
    clock, people = desk.agent.live.clock, [desk.invited(), desk.invited()]
    for person in people:
        place_at(desk.browser(), "first-connection", "choose-authenticator", person)
        clock.advance(minutes=1)
    clock.advance(minutes=10)
    desk.agent.open_card(people[0])
    follow(desk.agent.page.locator(".places a[href='/helpdesk/queue']"))
    listed = desk.agent.page.locator("[data-stuck] a").evaluate_all("links => links.map(link => link.pathname)")
    assert [path for path in listed if path.split("/")[-1] in {each.account_id for each in people}] == [
        f"/helpdesk/people/{person.account_id}" for person in people
    ]
    return desk.agent.presses


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("installation")
    settings = {"password_tries": 3, "mailed_sends": 2}
    with (
        served(folder, **settings) as live,
        closing(chromium.new_context()) as one,
        closing(chromium.new_context()) as two,
    ):
        agent = at_the_desk(live, Computer(one))
        yield Desk(agent, at_the_desk(live, Computer(two), "moussa.diop", "supervise", "Moussa Diop"))


@pytest.mark.parametrize("name", TASKS)
def test_a_task_takes_no_more_presses_than_allowed(desk: Desk, name: str) -> None:
    allowed, done = TASKS[name]
    counted = done(desk)
    assert counted <= allowed
    assert (name, allowed, counted) in promised()
    for agent in (desk.agent, desk.second):
        agent.forget_frames()
        assert not agent.computer.problems


def test_an_open_card_counts_what_comes_to_wait_for_its_agent(desk: Desk, chromium: Browser) -> None:
    with closing(chromium.new_context()) as own:
        approver = at_the_desk(desk.agent.live, Computer(own), "tomas.lind", "approve", "Tomas Lind")
        page = approver.page
        page.clock.install()
        approver.open_card(desk.invited())
        before = int(page.locator("[data-approvals]").inner_text() or 0)
        desk.act(desk.completed(), "temporary-pass", checked="called-back")
        page.clock.fast_forward(10_000)
        expect(page.locator("[data-approvals]")).to_have_text(str(before + 1))


def test_the_page_lists_these_tasks_and_no_others() -> None:
    assert [name for name, _allowed, _counted in promised()] == list(TASKS)


def promised() -> list[tuple[str, int, int]]:
    """The table of docs/helpdesk-clicks.md: task, allowed, counted."""
    page = (ROOT / "docs" / "helpdesk-clicks.md").read_text(encoding="utf-8")
    return [(name, int(allowed), int(counted)) for name, allowed, counted in ROW.findall(page)]
