"""What every page owes: the audit that the page client runs on each HTML answer, whatever the test is about.

Sources: DESIGN section 7, CONTRACT "In the pages", SEC-37 (security headers), WCAG 2.2 (1.3.1, 2.4.2, 3.1.1, 4.1.2).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from babel import Locale
from bs4 import BeautifulSoup, Tag

UNLABELLED = {"hidden", "submit", "button", "image", "reset"}
LEFT_OVER = re.compile(r"%\(\w+\)[sd]|\{\{|\{%|%%")
REFERRER_POLICIES = {"same-origin", "strict-origin-when-cross-origin", "strict-origin"}
CSP_NEEDS = {"object-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'", "form-action": "'self'"}


# What differs between two drawings of one page: the nonce, the form's secret, the help code, times and random addresses.
PASSING = re.compile(
    r"nonce(-|=\")[\w-]+|csrf_token\" value=\"[^\"]+|data-help-code>[^<]+|Help%20code%20[\w-]+|datetime=\"[^\"]+"
    r"|data-session-ends=\"[^\"]+|\b\d?\d:\d\d\b|secret=\w+|data-secret>[^<]+|<path [^>]+|[\w-]{26,}|data-number>\d+"
)
_good: set[int] = set()


class Parsed(NamedTuple):
    """A page that was parsed; `repeated` are the names of attributes that an element carries twice."""

    soup: BeautifulSoup
    repeated: list[str]


class Elements:
    """A page's elements in their order, gathered in one walk: each check would take a walk of its own."""

    def __init__(self, soup: BeautifulSoup) -> None:
        self.soup = soup
        self.all = [part for part in soup.descendants if isinstance(part, Tag)]

    def named(self, *names: str) -> list[Tag]:
        return [element for element in self.all if element.name in names]

    def having(self, attribute: str) -> list[Tag]:
        return [element for element in self.all if attribute in element.attrs]


def audit_page(
    url: str, status: int, headers: Mapping[str, str], html: str, read: Callable[[], Parsed] | None = None
) -> list[str]:
    """Every fault of the page `html`; a page that was found good before is not looked at again.

    `read` gives `html` parsed, where somebody else needs it too.
    """
    held = sorted((name, value) for name, value in headers.items() if name not in {"Set-Cookie", "Content-Length"})
    kept = hash((urlsplit(url).path, status, PASSING.sub("", html), PASSING.sub("", repr(held))))
    if kept in _good:
        return _nonces(headers, html)
    faults = look_at(url, status, headers, html, read)
    if not faults:
        _good.add(kept)
    return faults


def _nonces(headers: Mapping[str, str], html: str) -> list[str]:
    """The nonce of this very answer: in its header and in each tag that needs it."""
    said = re.search(r"'nonce-([\w-]+)'", headers.get("Content-Security-Policy", ""))
    used = set(re.findall(r'nonce="([\w-]+)"', html))
    return [] if said and used <= {said[1]} else ["A tag carries another nonce than the header."]


def look_at(
    url: str, status: int, headers: Mapping[str, str], html: str, read: Callable[[], Parsed] | None = None
) -> list[str]:
    """Every fault of the page `html`, fetched from the absolute `url`, in sentences; an empty list when there is
    none.
    """
    soup, repeated = read() if read else parsed(html)
    page = Elements(soup)
    faults = [f"An element repeats its attribute {name}." for name in repeated]
    for part in (_document, _headings, _ids, _controls, _names, _forms, _texts):
        faults += part(page)
    faults += _outside(page, url)
    faults += _policy(page, headers)
    faults += _headers(headers)
    faults += _contract(soup, status)
    return faults


def parse(html: str) -> BeautifulSoup:
    """Parse a page."""
    return parsed(html).soup


def parsed(html: str) -> Parsed:
    """Parse a page and notice attributes that an element carries twice."""
    repeated: list[str] = []

    def on_repeated(_attributes: dict[str, str], name: str, _value: str) -> None:
        repeated.append(name)

    return Parsed(BeautifulSoup(html, "html.parser", on_duplicate_attribute=on_repeated), repeated)


def words(element: Tag | None) -> str:
    """The text of `element` with white space folded and direction marks taken off."""
    text = element.get_text() if element else ""
    return " ".join(re.sub("[\u2066-\u2069\u200e\u200f\u00ad]", "", text).split())


def attribute(element: Tag, name: str) -> str:
    value = element.get(name)
    return " ".join(value) if isinstance(value, list) else str(value or "")


def _document(page: Elements) -> Iterator[str]:
    root = page.soup.html
    if root is None:
        yield "There is no <html>."
        return
    language, direction = attribute(root, "lang"), attribute(root, "dir")
    if not language:
        yield "<html> has no lang."
    elif direction != Locale.parse(language, sep="-").text_direction:
        yield f"<html lang={language}> has dir={direction!r}."
    if len(page.named("main")) != 1:
        yield f"There are {len(page.named('main'))} <main>, not one."
    if not any(attribute(meta, "name") == "viewport" for meta in page.named("meta")):
        yield "There is no viewport: a phone would draw the page too small to read."


def _headings(page: Elements) -> Iterator[str]:
    headings, title = page.named("h1"), words(page.soup.title)
    if len(headings) != 1:
        yield f"There are {len(headings)} <h1>, not one."
    elif words(headings[0]) != title or not title:
        yield f"The <h1> {words(headings[0])!r} is not the <title> {title!r}."


def _ids(page: Elements) -> Iterator[str]:
    counted = Counter(attribute(element, "id") for element in page.having("id"))
    for name, number in counted.items():
        if number > 1:
            yield f"id={name!r} is used {number} times."
    for pointer in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "list", "form"):
        for element in page.having(pointer):
            for name in attribute(element, pointer).split():
                if name not in counted:
                    yield f"<{element.name} {pointer}={name!r}> points at no element."
    for link in page.named("a"):
        target = attribute(link, "href")
        if re.match("#.", target) and target[1:] not in counted:
            yield f"The link {target!r} leads to no element of the page."


def _controls(page: Elements) -> Iterator[str]:
    all_labels = page.named("label")
    for control in page.named("input", "select", "textarea"):
        kind = attribute(control, "type") or "text"
        if control.name == "input" and kind in UNLABELLED:
            continue
        name = attribute(control, "name") or attribute(control, "id")
        labels = [
            label for label in all_labels if control.get("id") and attribute(label, "for") == attribute(control, "id")
        ]
        around = control.find_parent("label")
        if not any(words(label) for label in [*labels, *([around] if around else [])]) and not _aria_name(
            page, control
        ):
            yield f"The field {name!r} has no label."
        if kind == "password" and control.get("value"):
            yield f"The password field {name!r} is filled in by the page."
        if control.get("maxlength"):
            yield f"The field {name!r} has a maxlength: what is pasted would be cut without a word."


def _names(page: Elements) -> Iterator[str]:
    for element in page.named("a", "button", "summary"):
        pictures = [
            part
            for part in element.descendants
            if isinstance(part, Tag)
            and part.name in {"img", "svg"}
            and (attribute(part, "alt") or words(part) or _aria_name(page, part))
        ]
        if not words(element) and not pictures and not _aria_name(page, element):
            yield f"A <{element.name}> has no name that can be read aloud: {str(element)[:120]}"
    for picture in page.named("img"):
        if picture.get("alt") is None:
            yield f"The picture {attribute(picture, 'src')[:80]!r} has no alt."


def _aria_name(page: Elements, element: Tag) -> bool:
    if attribute(element, "aria-label").strip() or attribute(element, "title").strip():
        return True
    return any(words(page.soup.find(id=name)) for name in attribute(element, "aria-labelledby").split())  # type: ignore[arg-type]


def _forms(page: Elements) -> Iterator[str]:
    for form in page.named("form"):
        where = attribute(form, "action") or "this page"
        if attribute(form, "method").lower() == "post":
            tokens = form.find_all("input", attrs={"name": "csrf_token"})
            if len(tokens) != 1 or not attribute(tokens[0], "value"):
                yield f"The form to {where} has no csrf_token, or more than one."
        elif form.find("input", type="password"):
            yield f"The form to {where} would put a password into the address."
        if form.find_parent("form"):
            yield f"The form to {where} stands inside another form."
    for button in page.named("button"):
        if attribute(button, "type") == "submit" and not button.find_parent("form") and not button.get("form"):
            yield f"The button {words(button)!r} belongs to no form."


def _texts(page: Elements) -> Iterator[str]:
    found = LEFT_OVER.search(page.soup.get_text())  # scripts and styles are no text
    if found:
        yield f"A placeholder is left over in the text: {found.group()!r}."


def _outside(page: Elements, url: str) -> Iterator[str]:
    here = urlsplit(url)[:2]
    for name, pointer in (
        ("script", "src"),
        ("link", "href"),
        ("img", "src"),
        ("iframe", "src"),
        ("form", "action"),
        ("source", "src"),
    ):
        for element in page.named(name):
            target = attribute(element, pointer)
            if (
                pointer in element.attrs
                and not target.startswith("data:")
                and urlsplit(urljoin(url, target))[:2] != here
            ):
                yield f"<{name} {pointer}={target!r}> leaves this installation."


def _policy(page: Elements, headers: Mapping[str, str]) -> Iterator[str]:
    text = headers.get("Content-Security-Policy", "")
    policy = {part.split()[0]: part.split()[1:] for part in text.split(";") if part.strip()}
    nonce = next((s[7:-1] for s in policy.get("script-src", []) if s.startswith("'nonce-")), "")
    if not nonce:
        yield f"Content-Security-Policy has no nonce for scripts: {text!r}."
    if "'unsafe-inline'" in text or "'unsafe-eval'" in text:
        yield "Content-Security-Policy allows what it should stop ('unsafe-inline' or 'unsafe-eval')."
    for name, value in CSP_NEEDS.items():
        if value not in policy.get(name, []):
            yield f"Content-Security-Policy needs {name} {value} (SEC-37)."
    for element in page.named("script", "style"):
        if attribute(element, "nonce") != nonce:
            yield f"A <{element.name}> does not carry the nonce of this answer: the browser would drop it."
    for element in page.all:
        for name in element.attrs:
            if name == "style" or name.startswith("on"):
                yield f"<{element.name} {name}=…>: the policy stops inline styles and handlers."
        if attribute(element, "href").strip().lower().startswith("javascript:"):
            yield f"<{element.name}> has a javascript: address."


def _headers(headers: Mapping[str, str]) -> Iterator[str]:
    if "no-store" not in headers.get("Cache-Control", ""):
        yield f"Cache-Control is {headers.get('Cache-Control')!r}: pages are never stored (no-store)."
    if headers.get("X-Content-Type-Options") != "nosniff":
        yield "X-Content-Type-Options: nosniff is missing (SEC-37)."
    if headers.get("Referrer-Policy") not in REFERRER_POLICIES:
        yield f"Referrer-Policy is {headers.get('Referrer-Policy')!r}: same-origin is owed (SEC-37)."
    if "charset=utf-8" not in headers.get("Content-Type", "").lower():
        yield "Content-Type names no charset."


def _contract(soup: BeautifulSoup, status: int) -> Iterator[str]:
    main = soup.main
    if main is None:
        return
    if main.get("data-journey") or main.get("data-step"):
        yield from _step(main)
    elif not main.get("data-page"):
        yield "<main> says neither data-journey and data-step nor data-page."
    if main.get("data-page") == "problem" and not main.get("data-problem"):
        yield "A problem page names its problem in data-problem."
    refused = bool(main.get("data-refused"))
    if (status == 422 and not refused) or (status < 400 and refused):
        yield f"Status {status} with data-refused={attribute(main, 'data-refused')!r}: a refusal is 422 and says why."
    for error in main.find_all(attrs={"data-error-for": True}):
        name = attribute(error, "data-error-for")
        field = main.find(["input", "select", "textarea"], attrs={"name": name}) if name else None
        if isinstance(field, Tag) and attribute(field, "type") == "radio":
            field = field.find_parent(attrs={"role": "radiogroup"}) or field  # one radio alone is never wrong
        if isinstance(field, Tag) and attribute(field, "aria-invalid") != "true":
            yield f"The field {name!r} has an error and no aria-invalid=true."


def _step(main: Tag) -> Iterator[str]:
    for name in ("data-journey", "data-step"):
        if not re.fullmatch("[a-z]+(-[a-z]+)*", attribute(main, name)):
            yield f"<main {name}={attribute(main, name)!r}> is no slug."
    progress = re.fullmatch(r"(\d+)/(\d+)", attribute(main, "data-progress"))
    if not progress or not int(progress[1]) <= int(progress[2]):
        yield f"<main data-progress={attribute(main, 'data-progress')!r}> is not like 3/7."
