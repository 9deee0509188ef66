"""The page client behaves like a person's browser and stops a test at the first page that is not right."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask, Response, redirect, request, session
from werkzeug.wrappers import Response as Redirect

from tests.support.page_client import PageClient
from tests.support.test_page_audit import GOOD, HEADERS

PASSWORD = "Correct-Horse-9"
FORM = GOOD.replace(
    "<button>Continue</button>",
    '<label><input type="checkbox" name="shared" value="y"> Shared</label>'
    '<label for="p">Password</label><input id="p" type="password" name="password">'
    '<button name="choice" value="continue">Continue</button><button name="choice" value="resend">Send again</button>',
)


@pytest.fixture
def site() -> Flask:
    made = Flask("site")
    made.secret_key = "only-for-this-test"
    made.extensions["perron"] = SimpleNamespace(settings=SimpleNamespace(public_url="http://localhost"))

    @made.get("/form")
    def form() -> Response:
        return Response(FORM, headers=HEADERS)

    @made.post("/form")
    def sent() -> Redirect:
        session["sent"] = {name: request.form[name] for name in request.form if name != "password"}
        return redirect("/done", 303)

    @made.get("/done")
    def done() -> Response:
        page = GOOD.replace(
            '<main data-journey="sign-in" data-step="enter-code" data-progress="3/3">', '<main data-page="front">'
        )
        return Response(page.replace("</h1>", f"</h1><p>{request.args.get('say', '')}</p>"), headers=HEADERS)

    @made.post("/leak")
    def leak() -> Redirect:
        session["typed"] = request.form["password"]
        return redirect("/done", 303)

    @made.post("/old-way")
    def old_way() -> Redirect:
        return redirect("/done", 302)

    @made.get("/away")
    def away() -> Redirect:
        return redirect("https://elsewhere.example/", 303)

    return made


@pytest.fixture
def browser(site: Flask) -> PageClient:
    return PageClient(site)


def test_the_main_way_sends_what_the_form_had_and_what_was_typed(browser: PageClient) -> None:
    done = browser.get("/form").press(code="123456", shared=True)
    assert (done.path, done.page, done.progress) == ("/done", "front", None)
    assert browser.cookie()["sent"] == {"csrf_token": "t", "code": "123456", "shared": "y", "choice": "continue"}


def test_another_button_is_pressed_by_its_choice(browser: PageClient) -> None:
    answer = browser.get("/form").press("resend", follow=False)
    assert (answer.status, answer.location, answer.follow().page) == (303, "/done", "front")
    assert browser.cookie()["sent"]["choice"] == "resend"


def test_what_the_page_does_not_offer_cannot_be_pressed_or_typed(browser: PageClient) -> None:
    page = browser.get("/form")
    assert page.choices() == ["continue", "resend"]
    with pytest.raises(AssertionError, match="has no button"):
        page.press("cancel")
    with pytest.raises(AssertionError, match="has no field 'number'"):
        page.press(number="47")


def test_a_password_that_comes_back_in_a_page_stops_the_test(browser: PageClient) -> None:
    browser.get("/form").press(password=PASSWORD)
    with pytest.raises(AssertionError, match="belongs nowhere"):
        browser.get(f"/done?say={PASSWORD}")


def test_a_password_in_the_cookie_stops_the_test(browser: PageClient) -> None:
    browser.secrets[PASSWORD] = ()
    with pytest.raises(AssertionError, match="session cookie tells"):
        browser.post("/leak", {"password": PASSWORD}, csrf=False)


def test_a_secret_may_stand_where_it_belongs(browser: PageClient) -> None:
    browser.secrets["JBSWY3DPEHPK3PXP"] = ("front",)
    assert "JBSWY3DPEHPK3PXP" in browser.get("/done?say=JBSWY3DPEHPK3PXP").text


def test_a_redirect_after_a_post_is_303_and_stays_inside(browser: PageClient) -> None:
    with pytest.raises(AssertionError, match="303, not 302"):
        browser.post("/old-way", csrf=False)
    with pytest.raises(AssertionError, match="leads outside"):
        browser.get("/away")
    browser.leaves_to.add("https://elsewhere.example")
    assert browser.get("/away", follow=True).location == "https://elsewhere.example/"


def test_a_bad_page_stops_the_test_with_its_faults(browser: PageClient, site: Flask) -> None:
    site.add_url_rule(
        "/bad", view_func=lambda: Response("<html lang=en dir=ltr><main data-page=front>", headers=HEADERS)
    )
    with pytest.raises(AssertionError, match="There are 0 <h1>"):
        browser.get("/bad")
