"""From a kind of mail and its facts to the bytes that are handed over: rendered once, then never touched again.

A repeated hand-over must be the same message byte for byte, so that the receiving side can tell it from a second mail
(security.md, section 6). Message-ID and boundary are therefore derived from the row's id, and the date is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, SMTPUTF8, compat32
from email.utils import format_datetime

from babel import Locale
from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_babel import force_locale
from flask_babel import format_datetime as format_moment

from wizard.brand import brand_style
from wizard.extensions import tools
from wizard.locale import language_names

SECRET_FACTS = ("code", "temporary_password", "button")
"""Names in a mail's context whose values may stand in the encrypted message only, never in the row's own subject."""

_UNFIT_FOR_HEADER = frozenset("\r\n\0")
_BLANK_LINES = re.compile(r"\n{3,}")
_LINE_ENDS = re.compile(r"[ \t]+\n")
_ACCENT = re.compile(r"--accent:(#[0-9a-f]{6})")
_OWN_ACCENT = "#0d5c49"


class HeaderRefused(ValueError):
    """A header's value carries a line end or NUL, or became one of several headers: it could begin one of its own (SEC-48)."""


@dataclass(frozen=True)
class Rendered:
    """One finished mail: its bytes, and its subject with every secret covered."""

    subject: str
    data: bytes


def build(
    kind: str, *, mail_id: str, recipient: str, language: str, context: Mapping[str, object], now: datetime
) -> Rendered:
    """Render the mail of `kind` in `language` and return it as it goes over the wire, its lines ended by CR LF.

    `mail_id` becomes its Message-ID, `now` its date, `recipient` the one address it goes to (SEC-48). Raises
    `HeaderRefused` for a header value that carries CR, LF or NUL, encoded or not.
    """
    settings = tools().settings
    address = wire_address(address_for_header(recipient))
    subject, text, html = _texts(kind, language, context, now)
    domain = settings.mail_from.rpartition("@")[2]
    # An address outside ASCII travels as it is, by SMTPUTF8 (RFC 6531); all other mails need nothing special.
    message = EmailMessage(policy=SMTP if address.isascii() else SMTPUTF8)
    message["Message-ID"] = f"<{mail_id}@{domain}>"
    message["Date"] = format_datetime(now)
    message["From"] = Address(words_for_header(settings.sender_name), addr_spec=fit_for_header(settings.mail_from))
    local, _at, host = address.rpartition("@")
    message["To"] = Address(username=local, domain=host)
    message["Subject"] = words_for_header(subject)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = fit_for_header(language)  # last: earlier it would become the plain part's alone
    message.set_boundary(f"=_{mail_id}")
    data = message.as_bytes()
    if BytesHeaderParser(policy=compat32).parsebytes(data).keys() != message.keys():
        raise HeaderRefused("A value for a mail's header became a header of its own.")
    return Rendered(_covered(subject, context), data)


def fit_for_header(value: str) -> str:
    """Return `value` unchanged, or raise `HeaderRefused`."""
    if _UNFIT_FOR_HEADER.intersection(value):
        raise HeaderRefused("A value for a mail's header does not stand on one line.")
    return value


def address_for_header(value: str) -> str:
    """Return an address unchanged. Raises `HeaderRefused`, also for one stored before such were refused (see `words_for_header`)."""
    if "=?" in value:
        raise HeaderRefused("An address is no encoded word.")
    return fit_for_header(value)


def words_for_header(value: str) -> str:
    """Return words that somebody has chosen, as a header's text. Raises `HeaderRefused`.

    The mail library reads encoded words (RFC 2047) also in what it is given: `=?utf-8?q?=0d=0aBcc=3a…?=` became a header.
    """
    return fit_for_header(value).replace("=?", "= ?")


def wire_address(address: str) -> str:
    """The address as mail servers take it: its domain in IDNA's ASCII (RFC 5891), the part before the @ unchanged."""
    local, _at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{validate_email(address, check_deliverability=False).ascii_domain}"
    except EmailNotValidError:
        return address


def fitting_language(language: str) -> str:
    """The language itself when the installation has it, else the installation's first."""
    languages = tools().settings.languages
    return language if language in languages else languages[0]


def _texts(kind: str, language: str, context: Mapping[str, object], now: datetime) -> tuple[str, str, str]:
    settings = tools().settings
    locale = Locale.parse(language, sep="-" if "-" in language else "_")
    with force_locale(locale):
        facts = {
            **context,
            "settings": settings,
            "tag": str(locale).replace("_", "-"),
            "direction": locale.text_direction,
            "other_languages": [(tag, name) for tag, name in language_names() if tag != language],
            "zone": format_moment(now, "zzzz"),
            "accent": _accent(settings.brand_colour),
        }

        def render(part: str) -> str:
            return current_app.jinja_env.get_template(f"emails/{kind}/{part}").render(facts)

        text = _BLANK_LINES.sub("\n\n", _LINE_ENDS.sub("\n", render("body.txt"))).strip() + "\n"
        return render("subject.txt").strip(), text, render("body.html")


def _covered(subject: str, context: Mapping[str, object]) -> str:
    for name in SECRET_FACTS:
        secret = context.get(name)
        if secret:
            subject = subject.replace(str(secret), "•" * 6)
    return subject


def _accent(brand: str) -> str:
    """The accent of the light pages: mails know no custom properties, so it is taken out of them."""
    found = _ACCENT.search(brand_style(brand) or "")
    return found[1] if found else _OWN_ACCENT
