"""The browser is real: it runs scripts, reads codes off the screen, and tells what went wrong."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from socket import create_server

import pytest
import qrcode
from flask import Flask, Response

from tests.support.chromium import Computer
from tests.support.served import live
from tests.support.test_page_audit import GOOD, HEADERS

LINK = "http://localhost/phone/link/3q2-token"
PICTURE = GOOD.replace("</h1>", '</h1><img alt="QR code" src="/qr.png">')


@pytest.fixture
def site() -> Iterator[str]:
    made = Flask("site", static_folder=None)

    @made.get("/")
    def page() -> Response:
        return Response(
            PICTURE,
            headers={**HEADERS, "Content-Security-Policy": HEADERS["Content-Security-Policy"] + "; img-src 'self'"},
        )

    @made.get("/faulty")
    def faulty() -> Response:
        return Response(
            PICTURE.replace('alt="QR code"', "").replace("</h1>", "</h1><script>throw 1</script>"), headers=HEADERS
        )

    @made.get("/qr.png")
    def picture() -> Response:
        buffer = io.BytesIO()
        qrcode.make(LINK).save(buffer)
        return Response(buffer.getvalue(), mimetype="image/png")

    @made.get("/static/<path:name>")
    def static_file(name: str) -> Response:
        kind = "text/css" if name.endswith("css") else "text/javascript"
        return Response(
            "document.body.dataset.ran = 'yes'" if kind == "text/javascript" else "img { width: 300px }", mimetype=kind
        )

    with closing(create_server(("127.0.0.1", 0))) as door, live(made, door) as base_url:
        yield base_url


def test_a_code_is_read_off_the_screen_and_axe_finds_nothing(site: str, new_computer: Callable[..., Computer]) -> None:
    computer = new_computer(viewport=(320, 640))
    computer.page.goto(site)
    assert computer.page.locator("body[data-ran=yes]").count() == 1
    assert computer.qr_address() == LINK
    assert computer.axe_faults() == []
    assert computer.overflow() == 0


def test_without_scripts_none_runs(site: str, new_computer: Callable[..., Computer]) -> None:
    computer = new_computer(java_script=False)
    computer.page.goto(site)
    assert computer.page.locator("body[data-ran]").count() == 0


def test_what_goes_wrong_in_the_browser_is_told(site: str, new_computer: Callable[..., Computer]) -> None:
    computer = new_computer()
    computer.page.goto(site + "/faulty")
    assert any("Content Security Policy" in problem for problem in computer.problems), computer.problems
    assert any(fault.startswith("image-alt") for fault in computer.axe_faults())
    computer.problems.clear()
