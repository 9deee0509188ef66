"""Bodies that no page of ours sends: empty, repeated, of another type, too large. All of them fail, and none with a fault."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask import Flask

from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, PASSWORD, Completed, completed, mailed_code, next_code, place_at, sign_in
from tests.support.rows import NOTES_OF_POSTS, row_of, tables
from wizard.models import Account

STEPS = [
    ("sign-in", "enter-username"),
    ("sign-in", "enter-password"),
    ("sign-in", "enter-code"),
    ("forgotten-password", "verify-email"),
]
SENT_MAILS = frozenset({"outbox", "mailed_codes"})


def right_answer(app: Flask, step: str, person: Completed) -> dict[str, str]:
    """What the step asks for; sent in a wrong form it must not count."""
    if step == "verify-email":
        return {"code": mailed_code(app, person)}
    if step == "enter-code":
        return {"code": next_code(person.secret or "", app.extensions["perron"].clock)}
    answers = {"enter-username": {"username": person.username}, "enter-password": {"password": person.password}}
    return answers.get(step, {"new_password": NEW_PASSWORD})


@pytest.mark.parametrize(("journey", "step"), STEPS)
def test_an_empty_post_passes_no_step(app: Flask, client: PageClient, journey: str, step: str) -> None:
    """authentik CVE-2026-49443 (an empty POST passed a stage); a blank code passed the second step (Glassdoor)."""
    page = place_at(client, journey, step, completed(app))
    name = next(name for name in page.form_values() if name not in {"csrf_token", "shared"})
    before = tables(app, NOTES_OF_POSTS)
    for data in ({}, {name: ""}, {name: "   "}, {name: "\u200b"}, {"choice": "continue"}):
        answer = client.post(page.path, data)
        assert answer.status in {303, 422}, data
        if answer.status == 303:
            assert (step, data) == ("enter-username", {name: "\u200b"}), "Only an unseen name goes on, as nobody's."
    assert tables(app, NOTES_OF_POSTS) == before


@pytest.mark.parametrize(("journey", "step"), STEPS)
@pytest.mark.parametrize("form", ["twice", "file", "json", "json-list", "text", "unknown choice"])
def test_a_right_answer_in_a_wrong_form_is_refused(
    app: Flask, client: PageClient, journey: str, step: str, form: str
) -> None:
    """SEC-04: repeated, array-typed and file parameters, other content types and invented choices are no form of ours."""
    person = completed(app)
    page = place_at(client, journey, step, person)
    right = right_answer(app, step, person)
    before = tables(app, NOTES_OF_POSTS)
    assert send(client, page.path, right, form) == 400
    assert tables(app, NOTES_OF_POSTS) == before
    assert client.get(page.path).step == step


def send(client: PageClient, path: str, right: dict[str, str], form: str) -> int:
    token = client.csrf_token()
    headers = {"X-CSRFToken": token, "Origin": client.home}
    typed: dict[str, Any] = {
        "twice": {"data": {name: [value, value] for name, value in right.items()}},
        "file": {"data": {name: (io.BytesIO(value.encode()), "value.txt") for name, value in right.items()}},
        "json": {"data": json.dumps(right), "content_type": "application/json"},
        "json-list": {"data": json.dumps([right]), "content_type": "application/json"},
        "text": {"data": f"csrf_token={token}", "content_type": "text/plain"},
        "unknown choice": {"data": right | {"choice": "admin"}},
    }[form]
    return client.raw.post(path, base_url=client.home, headers=headers, **typed).status_code


@pytest.mark.parametrize("form", ["twice", "file", "json", "json-list", "unknown choice"])
def test_the_own_page_for_passwords_refuses_the_same_forms(app: Flask, client: PageClient, form: str) -> None:
    """SEC-05: a second way to the same act asks the same. Files and repeated fields were once let through here."""
    sign_in(client, completed(app))
    client.get("/account/password")
    before = row_of(app, Account).password_hash
    right = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert send(client, "/account/password", right, form) == 400
    assert row_of(app, Account).password_hash == before


def test_numbers_in_json_are_refused_and_make_no_fault(app: Flask, client: PageClient) -> None:
    """SEC-04: WTForms reads JSON; a number or an object in a text field once ended in a fault."""
    client.get("/sign-in", follow=True)
    headers = {"X-CSRFToken": client.csrf_token(), "Origin": client.home}
    for body in ({"username": 5}, {"username": {"a": 1}}, {"username": None}, [1], 7, "text"):
        answer = client.raw.post("/sign-in/enter-username", base_url=client.home, json=body, headers=headers)
        assert answer.status_code == 400, body


@pytest.mark.parametrize("path", ["/sign-in/enter-username", "/language", "/i/" + "A" * 43])
def test_a_body_beyond_the_limits_is_refused_whole(app: Flask, client: PageClient, path: str) -> None:
    """Werkzeug CVE-2023-25577 and CVE-2024-49767: unlimited parts and forms used up memory and processor."""
    client.get("/sign-in", follow=True)
    token = client.csrf_token()
    many = {"csrf_token": token} | {f"field{number}": "" for number in range(200)}
    long = {"csrf_token": token, "username": "a" * 70_000}
    for body, kind in ((long, "x-www-form-urlencoded"), (long, "form-data"), (many, "form-data")):
        content_type = f"{'multipart' if kind == 'form-data' else 'application'}/{kind}"
        headers = {"Origin": client.home}
        answer = client.raw.post(path, base_url=client.home, data=body, content_type=content_type, headers=headers)
        assert answer.status_code == 413, content_type


def test_a_body_without_a_length_is_not_read_without_end(app: Flask, client: PageClient) -> None:
    """A body sent in chunks says no length: no more of it is read than a form may have."""
    client.get("/sign-in", follow=True)
    body = io.BytesIO(f"csrf_token={client.csrf_token()}&username=".encode() + b"a" * 200_000)
    answer = client.raw.post(
        "/sign-in/enter-username",
        base_url=client.home,
        input_stream=body,
        content_type="application/x-www-form-urlencoded",
        headers={"Origin": client.home},
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": None},
    )
    assert answer.status_code in {413, 422}
    assert body.tell() <= app.extensions["perron"].settings.form_size


@pytest.mark.parametrize(
    "typed", ["a" * 5000, "\u202e\u0000\r\nSet-Cookie: a=b", "%00", "\ufdfa" * 320, "'; DROP TABLE accounts; --"]
)
def test_no_name_makes_a_fault_or_a_header(app: Flask, client: PageClient, typed: str) -> None:
    """Django CVE-2023-46695: folding unbounded text; SEC-46: control characters."""
    page = client.get("/sign-in", follow=True).press(username=typed, follow=False)
    assert page.status in {303, 422}
    assert [cookie.split("=")[0] for cookie in page.headers.getlist("Set-Cookie")] in ([], ["perron"])
    assert client.get("/sign-in", follow=True).status == 200


@pytest.mark.parametrize("typed", ["a" * 60_000, "\ufdfa" * 5000, "\x00" * 20, "\u202e" * 20])
def test_no_password_makes_a_fault(app: Flask, client: PageClient, typed: str) -> None:
    """SEC-29: a password is bounded before it is normalised and hashed."""
    page = place_at(client, "sign-in", "enter-password", completed(app))
    assert client.post(page.path, {"password": typed}).status == 422
