"""The audit finds what it promises to find, and is silent about a page that is right."""

from __future__ import annotations

import pytest

from tests.support.page_audit import look_at

GOOD = """<!doctype html>
<html lang="en" dir="ltr"><head><title>Type the code</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/static/css/perron.css">
<script src="/static/js/perron.js" nonce="n0nce" defer></script></head>
<body><main data-journey="sign-in" data-step="enter-code" data-progress="3/3">
<h1>Type the <bdi>code</bdi></h1>
<form method="post"><input type="hidden" name="csrf_token" value="t">
<label for="code">Code</label><input id="code" name="code"><button>Continue</button></form>
</main></body></html>"""

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; script-src 'nonce-n0nce'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'",
}


def faults(html: str = GOOD, *, status: int = 200, headers: dict[str, str] | None = None) -> list[str]:
    return look_at("http://localhost/sign-in/enter-code", status, {**HEADERS, **(headers or {})}, html)


def test_a_page_that_is_right_has_no_faults() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('lang="en" ', "", "<html> has no lang"),
        ('dir="ltr"', 'dir="rtl"', "has dir='rtl'"),
        ("<title>Type the code", "<title>Perron", "is not the <title>"),
        ("<h1>", "<h1>Again</h1><h1>", "There are 2 <h1>"),
        ('<label for="code">Code</label>', "", "The field 'code' has no label"),
        ('<label for="code">Code</label>', '<label for="code"></label>', "The field 'code' has no label"),
        ('<label for="code">', '<label for="cdoe">', "points at no element"),
        ("<h1>", '<h1 id="code">', "id='code' is used 2 times"),
        ('<input id="code"', '<input id="code" type="password" value="hunter2"', "is filled in by the page"),
        ('<input id="code"', '<input id="code" maxlength="6"', "has a maxlength"),
        ('<input id="code"', '<input id="code" name="code"', "repeats its attribute name"),
        ('<input type="hidden" name="csrf_token" value="t">', "", "has no csrf_token"),
        ("<button>Continue", "<button>", "no name that can be read aloud"),
        ('nonce="n0nce"', 'nonce="other"', "does not carry the nonce"),
        ("<h1>", '<h1 style="color:red">', "<h1 style=…>"),
        ("<button>", '<button onclick="go()">', "<button onclick=…>"),
        ('src="/static', 'src="https://cdn.example/static', "leaves this installation"),
        ("<main", "<main data-refused='wrong-code'", "Status 200 with data-refused"),
        (' data-journey="sign-in" data-step="enter-code"', "", "neither data-journey and data-step nor data-page"),
        ('data-progress="3/3"', 'data-progress="4/3"', "is not like 3/7"),
        ("Continue", "%(name)s", "A placeholder is left over"),
    ],
)
def test_the_audit_finds(right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    assert any(said in fault for fault in faults(GOOD.replace(right, wrong))), faults(GOOD.replace(right, wrong))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Cache-Control", "max-age=60", "pages are never stored"),
        ("Content-Security-Policy", "script-src 'unsafe-inline'", "allows what it should stop"),
        ("Content-Security-Policy", "script-src 'nonce-n0nce'", "needs object-src 'none'"),
        ("Referrer-Policy", "no-referrer", "same-origin is owed"),
        ("X-Content-Type-Options", "", "nosniff is missing"),
    ],
)
def test_the_audit_reads_the_headers(name: str, value: str, said: str) -> None:
    assert any(said in fault for fault in faults(headers={name: value}))


def test_a_refused_post_names_its_reason_and_marks_its_field() -> None:
    refused = GOOD.replace("<main ", '<main data-refused="wrong-code" ').replace(
        "<button>", '<p data-error-for="code">Type the newest code.</p><button>'
    )
    assert faults(refused, status=422) == ["The field 'code' has an error and no aria-invalid=true."]
    assert faults(refused.replace('name="code"', 'name="code" aria-invalid="true"'), status=422) == []
    assert any("422" in fault for fault in faults(GOOD, status=422))
