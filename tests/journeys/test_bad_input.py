"""Every form with everything that no person means: a sentence at the field or a plain page, and nothing half done."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, reset, sign_in
from tests.support.rows import NOTES_OF_POSTS, tables

Place = Callable[[Flask, PageClient], Page]


@dataclass(frozen=True)
class Form:
    """One form: how to get to it, what is typed in it, and which of its buttons is the main one."""

    place: Place
    fields: tuple[str, ...] = ()
    choice: str = "continue"
    chooses: bool = True
    counts_source: bool = False


def step(journey: str, slug: str) -> Place:
    def place(app: Flask, client: PageClient) -> Page:
        person = invite(app) if journey == "first-connection" else completed(app)
        if journey == "replace-phone":
            reset(app, person, "enter-code")
        return place_at(client, journey, slug, person)

    return place


def invitation(app: Flask, client: PageClient) -> Page:
    return client.get(invite(app).button)


def account_password(app: Flask, client: PageClient) -> Page:
    sign_in(client, completed(app))
    return client.get("/account/password")


FORMS = {
    "prepare": Form(step("first-connection", "prepare")),
    "enter-username": Form(step("sign-in", "enter-username"), ("username", "known")),
    "enter-password": Form(step("first-connection", "enter-password"), ("password", "shared")),
    "own password": Form(step("sign-in", "enter-password"), ("password", "shared")),
    "choose-authenticator": Form(step("first-connection", "choose-authenticator"), choice="code-app"),
    "set up code": Form(step("first-connection", "enter-code"), ("code",)),
    "enter-code": Form(step("sign-in", "enter-code"), ("code",)),
    "verify-email": Form(step("forgotten-password", "verify-email"), ("code",)),
    "address for a new app": Form(step("replace-phone", "verify-email"), ("code",)),
    "change-password": Form(step("first-connection", "change-password"), ("new_password",)),
    "renewed password": Form(step("forgotten-password", "change-password"), ("new_password",)),
    "finish": Form(step("first-connection", "finish"), choice="portal"),
    "invitation": Form(invitation, choice="yes"),
    "account password": Form(account_password, ("current_password", "new_password")),
}
ASKING = {name: form for name, form in FORMS.items() if form.fields}

TEXTS = {
    "blanks": " \t \u00a0\u2003",
    "control characters": "a\x00b\x07c\x1b[31m\x7f",
    "line ends": "a\r\nSet-Cookie: b=c\r\n\r\n",
    "bidi marks": "\u202eamina\u2066\u200f\u061c",
    "foreign digits": "\u0661\u0662\u0663\u0664\u0665\u0666",
    "digits that have no value": "²³¹⁴⁵⁶",
    "markup": "<script>alert(1)</script>{{ 7 * 7 }}%(name)s%s",
    "sql": "' OR 1=1 --",
    "emoji": "👩‍🚀" * 30,
    "long": "x" * 5000,
    "as long as a form may be": "9" * 60_000,
    "long beyond letters": "\U0001f9d1" * 4000,
    "marks upon marks": "e" + "\u0301" * 3000,
}


def opened(app: Flask, client: PageClient, form: Form) -> Page:
    page = form.place(app, client)
    assert page.status == 200
    return page


def everything(app: Flask) -> object:
    return tables(app, besides=NOTES_OF_POSTS)


@pytest.mark.parametrize("name", ASKING)
def test_a_form_with_nothing_in_it_says_what_is_missing(app: Flask, client: PageClient, name: str) -> None:
    page = opened(app, client, FORMS[name])
    before = everything(app)
    for fields in ({}, dict.fromkeys(FORMS[name].fields, ""), dict.fromkeys(FORMS[name].fields, "   ")):
        answer = client.post(page.path, {"choice": FORMS[name].choice, **fields})
        assert (answer.status, len(answer.errors)) == (422, 1)
        assert answer.has(f"[name={next(iter(answer.errors))}]")
        assert everything(app) == before


@pytest.mark.parametrize("name", ASKING)
def test_no_text_breaks_a_form(app: Flask, client: PageClient, name: str) -> None:
    form = FORMS[name]
    page = opened(app, client, form)
    before = everything(app)
    for what, text in TEXTS.items():
        answer = client.post(page.path, {"choice": form.choice, **dict.fromkeys(form.fields, text)})
        assert answer.status in {303, 422}, f"{what}: {answer!r}"
        assert answer.status == 422 or name == "enter-username", f"{what} was taken by {name}."
        assert everything(app) == before, f"{what} has changed something."
        assert "<script>alert" not in answer.html


@pytest.mark.parametrize("name", ASKING)
def test_bytes_that_are_no_text_break_no_form(app: Flask, client: PageClient, name: str) -> None:
    form = FORMS[name]
    page = opened(app, client, form)
    before = everything(app)
    token = client.csrf_token()
    for wrong in ("%ED%A0%80", "%FF%FE", "%C0%80", "%"):
        body = f"csrf_token={token}&choice={form.choice}&" + "&".join(f"{field}={wrong}" for field in form.fields)
        sent = {"content_type": "application/x-www-form-urlencoded", "base_url": "http://localhost"}
        answer = client.raw.post(page.path, data=body, headers={"Referer": page.url}, **sent)
        assert answer.status_code in {303, 422}, f"{wrong}: {answer.status}"
        assert everything(app) == before


@pytest.mark.parametrize("name", FORMS)
def test_ten_megabytes_are_too_large(app: Flask, client: PageClient, name: str) -> None:
    page = opened(app, client, FORMS[name])
    before = tables(app)
    for field in (*FORMS[name].fields, "anything"):
        answer = client.post(page.path, {field: "x" * 10_000_000})
        assert (answer.status, answer.problem) == (413, "too-large")
    assert tables(app) == before


@pytest.mark.parametrize("name", FORMS)
def test_fields_sent_twice_or_as_files_are_no_form_of_ours(app: Flask, client: PageClient, name: str) -> None:
    form = FORMS[name]
    page = opened(app, client, form)
    before = everything(app)
    for field in (*form.fields, "choice"):
        for wrong in (["a", "b"], ["a", "a"], (io.BytesIO(b"a"), "a.txt")):
            fields: dict[str, Any] = {"choice": form.choice, field: wrong}
            answer = client.post(page.path, fields)
            assert (answer.status, answer.problem) == (400, "not-understood"), f"{field}: {wrong}"
    assert everything(app) == before


@pytest.mark.parametrize("name", FORMS)
def test_a_choice_that_the_page_does_not_offer_is_no_form_of_ours(app: Flask, client: PageClient, name: str) -> None:
    page = opened(app, client, FORMS[name])
    before = everything(app)
    for choice in ("fly", "continue\x00", "x" * 5000, "CONTINUE"):
        answer = client.post(page.path, {"choice": choice, **dict.fromkeys(FORMS[name].fields, "a")})
        assert (answer.status, answer.problem) == (400, "not-understood"), choice
    assert everything(app) == before


@pytest.mark.parametrize("name", FORMS)
def test_a_form_without_its_token_is_refused(app: Flask, client: PageClient, name: str) -> None:
    page = opened(app, client, FORMS[name])
    other = PageClient(app)
    foreign = other.get("/sign-in", follow=True).form_values()["csrf_token"]
    before = tables(app)
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "made-up"}, {"csrf_token": foreign}):
        fields = {"choice": FORMS[name].choice, **dict.fromkeys(FORMS[name].fields, "a"), **token}
        answer = client.post(page.path, fields, csrf=False)
        assert (answer.status, answer.problem) == (403, "form-expired")
        assert answer.link("Load the page anew") == page.path
    assert tables(app) == before


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_another_site_is_refused(app: Flask, client: PageClient, name: str) -> None:
    page = opened(app, client, FORMS[name])
    before = tables(app)
    fields = {"choice": FORMS[name].choice, **dict.fromkeys(FORMS[name].fields, "a")}
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert client.post(page.path, fields, headers=headers).status == 403
    assert tables(app) == before


@pytest.mark.parametrize("address", ["/language", "/sign-out"])
def test_the_small_forms_of_every_page_need_their_token_too(app: Flask, client: PageClient, address: str) -> None:
    sign_in(client, completed(app))
    before = tables(app)
    answer = client.post(address, {"language": "fr"}, csrf=False)
    assert (answer.status, answer.problem) == (403, "form-expired")
    assert tables(app) == before
    assert client.get("/account").signed_in


@pytest.mark.parametrize(
    "fields", [{}, {"language": "xx"}, {"language": "en\x00"}, {"language": ["fr", "en"]}, {"language": "x" * 9000}]
)
def test_a_language_that_is_not_there_is_not_chosen(client: PageClient, fields: dict[str, Any]) -> None:
    client.get("/sign-in", follow=True)
    answer = client.post("/language", fields)
    assert (answer.status, answer.problem) == (400, "not-understood")
    assert "language" not in client.cookie()


@pytest.mark.parametrize("place", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "javascript:1"])
def test_after_choosing_a_language_nobody_is_led_elsewhere(client: PageClient, place: str) -> None:
    client.get("/sign-in", follow=True)
    assert client.post("/language", {"language": "fr", "next": place}).location == "/"


@pytest.mark.parametrize("kind", ["emoji", "chinese", "latin"])
def test_the_longest_user_name_still_fits_into_the_cookie(app: Flask, client: PageClient, kind: str) -> None:
    first = {"emoji": 0x1F600, "chinese": 0x4E00, "latin": 0x61}[kind]
    many = {"emoji": 80, "chinese": 20_000, "latin": 26}[kind]
    chosen = random.Random(7)
    name = "".join(chr(first + chosen.randrange(many)) for _ in range(320))
    page = client.get("/sign-in", follow=True).press(username=name)
    assert page.step == "enter-password"
    assert page.press(password="not the password").refused == "wrong-password"
