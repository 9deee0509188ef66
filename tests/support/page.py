"""One answer of the application, as a person reads it: where it stands, what it says, what can be pressed."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from tests.support.page_audit import Parsed, attribute, parsed, words

if TYPE_CHECKING:
    from tests.support.page_client import PageClient

REDIRECTS = {301, 302, 303, 307, 308}
Fields = dict[str, Any]


class Page:
    """An answer. `url` is absolute; `html` is empty when the answer is no page."""

    def __init__(self, client: PageClient, url: str, response: TestResponse) -> None:
        self.client = client
        self.url = url
        self.status: int = response.status_code
        self.headers: Headers = response.headers
        self.body: bytes = response.get_data()
        self.is_html = response.mimetype == "text/html"
        self.html = self.body.decode() if self.is_html else ""
        self.json: Any = response.get_json(silent=True)

    def __repr__(self) -> str:
        return f"<Page {self.status} {self.path} {self.location or self.title!r}>"

    @property
    def path(self) -> str:
        """Path and query of the address."""
        parts = urlsplit(self.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def location(self) -> str | None:
        """Where a redirect leads: path and query within this installation, else the whole address; None when it is
        none.
        """
        target = self.headers.get("Location")
        if self.status not in REDIRECTS or target is None:
            return None
        whole = urljoin(self.url, target)
        home = urljoin(self.url, "/")
        return "/" + whole.removeprefix(home) if whole.startswith(home) else whole

    @cached_property
    def parsed(self) -> Parsed:
        """The page parsed, once for its audit and for its test."""
        assert self.is_html, f"{self!r} is no HTML page; look at .status, .location, .json or .body."
        return parsed(self.html)

    @property
    def soup(self) -> BeautifulSoup:
        return self.parsed.soup

    @property
    def main(self) -> Tag:
        found = self.soup.main
        assert found is not None, f"{self!r} has no <main>."
        return found

    @property
    def title(self) -> str:
        return words(self.soup.title) if self.is_html else ""

    @property
    def text(self) -> str:
        """What <main> says, with white space folded."""
        return words(self.main)

    @property
    def journey(self) -> str | None:
        return self._said("data-journey")

    @property
    def step(self) -> str | None:
        return self._said("data-step")

    @property
    def page(self) -> str | None:
        return self._said("data-page")

    @property
    def problem(self) -> str | None:
        return self._said("data-problem")

    @property
    def refused(self) -> str | None:
        return self._said("data-refused")

    @property
    def progress(self) -> str | None:
        """The stair, such as "3/7"."""
        return self._said("data-progress")

    @property
    def signed_in(self) -> bool:
        body = self.soup.body
        return body is not None and body.has_attr("data-signed-in")

    @property
    def errors(self) -> dict[str, str]:
        """The errors at the fields: field name to text, signs that are not read aloud left out."""
        main = copy(self.main)
        for sign in main.find_all(attrs={"aria-hidden": "true"}):
            sign.decompose()
        return {attribute(e, "data-error-for"): words(e) for e in main.find_all(attrs={"data-error-for": True})}

    def find(self, selector: str) -> Tag:
        """The first element of the page that fits the CSS `selector`; fails when there is none."""
        found = self.soup.select_one(selector)
        assert found is not None, f"{self!r} has no element {selector!r}. It says: {self.text[:300]}"
        return found

    def has(self, selector: str) -> bool:
        return self.soup.select_one(selector) is not None

    def said(self, selector: str) -> str:
        """The text of the first element that fits `selector`."""
        return words(self.find(selector))

    def link(self, text: str) -> str:
        """The address behind the link that reads `text`, by its whole text or else by a part of it."""
        links = [(words(a), attribute(a, "href")) for a in self.soup.find_all("a", href=True)]
        for fits in (lambda t: t == text, lambda t: text in t):
            for said, target in links:
                if fits(said):
                    return target
        raise AssertionError(f"{self!r} has no link {text!r}, only {sorted({said for said, _ in links})}.")

    def open(self, text: str) -> Page:
        """Go where the link that reads `text` leads."""
        return self.client.get(urljoin(self.url, self.link(text)), follow=True, referrer=self.url)

    def form(self, selector: str | None = None) -> Tag:
        """The step's form: the first one in <main> that posts, or the one that fits `selector`."""
        if selector is not None:
            found = self.find(selector)
        else:
            posts = [f for f in self.main.find_all("form") if attribute(f, "method").lower() == "post"]
            assert posts, f"{self!r} has no form that posts. It says: {self.text[:300]}"
            found = posts[0]
        assert found.name == "form", f"{selector!r} is a <{found.name}>, not a form."
        return found

    def form_values(self, selector: str | None = None) -> Fields:
        """What the form would send untouched, buttons aside: name to value, or to a list where a name comes twice."""
        values: Fields = {}
        for control in self.form(selector).find_all(["input", "select", "textarea"]):
            name = attribute(control, "name")
            if not name or control.has_attr("disabled"):
                continue
            for value in _sent(control):
                before = values.get(name)
                values[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
        return values

    def choices(self, selector: str | None = None) -> list[str]:
        """The values of the form's `choice` buttons, in their order."""
        return [attribute(b, "value") for b in _buttons(self.form(selector)) if attribute(b, "name") == "choice"]

    def press(
        self, choice: str | None = None, *, follow: bool = True, in_form: str | None = None, **fields: Any
    ) -> Page:
        """Fill the form in and press one of its buttons, as a person does; the redirect is followed unless told
        otherwise.

        `choice` is the value of a `choice` button; without it the first button is pressed, which is the main way on.
        `fields` are typed over what the page had: text, True or False for a box, a list for several. A name of
        another button presses it.
        """
        form = self.form(in_form)
        values = self.form_values(in_form)
        button = self._button(form, choice, fields)
        for name, value in fields.items():
            if button is not None and attribute(button, "name") == name:
                continue
            values |= self._filled(form, name, value)
            if value is False:
                values.pop(name, None)
        if button is not None and attribute(button, "name"):
            values[attribute(button, "name")] = attribute(button, "value")
        action = (attribute(button, "formaction") if button is not None else "") or attribute(form, "action")
        return self.client.submit(self, urljoin(self.url, action), values, follow=follow)

    def follow(self) -> Page:
        """Go where this redirect leads."""
        assert self.location is not None, (
            f"{self!r} is no redirect. It says: {self.text[:300] if self.is_html else self.body[:300]!r}"
        )
        return self.client.get(urljoin(self.url, self.headers["Location"]), follow=True)

    def _said(self, name: str) -> str | None:
        return attribute(self.main, name) or None if self.is_html and self.soup.main is not None else None

    def _button(self, form: Tag, choice: str | None, fields: Fields) -> Tag | None:
        buttons = _buttons(form)
        pairs = [(attribute(b, "name"), attribute(b, "value")) for b in buttons]
        wanted = (
            [("choice", choice)]
            if choice is not None
            else [(n, str(v)) for n, v in fields.items() if n in {p[0] for p in pairs}]
        )
        if not wanted:
            return buttons[0] if buttons else None
        if wanted[0] in pairs:
            return buttons[pairs.index(wanted[0])]
        unnamed = [b for b, pair in zip(buttons, pairs, strict=True) if not pair[0]]
        if choice == "continue" and unnamed:
            return unnamed[0]
        raise AssertionError(f"{self!r} has no button {wanted[0]}, only {pairs}.")

    def _filled(self, form: Tag, name: str, value: Any) -> Fields:
        controls = [c for c in form.find_all(["input", "select", "textarea"]) if attribute(c, "name") == name]
        assert controls, (
            f"{self!r} has no field {name!r}, only {sorted(self.form_values())}. To send one anyway use client.post()."
        )
        if value is True:
            return {name: attribute(controls[0], "value") or "on"}
        return {name: value}


def _buttons(form: Tag) -> list[Tag]:
    return [b for b in form.find_all(["button", "input"]) if not b.has_attr("disabled") and _presses(b)]


def _presses(element: Tag) -> bool:
    kind = attribute(element, "type")
    return kind in {"", "submit"} if element.name == "button" else kind in {"submit", "image"}


def _sent(control: Tag) -> list[str]:
    kind = attribute(control, "type") or "text"
    if control.name == "textarea":
        return [control.get_text()]
    if control.name == "select":
        options = control.find_all("option")
        chosen = [o for o in options if o.has_attr("selected")] or ([] if control.has_attr("multiple") else options[:1])
        return [attribute(o, "value") if o.has_attr("value") else words(o) for o in chosen]
    if kind in {"checkbox", "radio"}:
        return [attribute(control, "value") or "on"] if control.has_attr("checked") else []
    return [] if kind in {"submit", "button", "image", "reset", "file"} else [attribute(control, "value")]
