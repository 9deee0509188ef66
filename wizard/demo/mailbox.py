"""`/mailbox`: what the mail server would have got, for the demonstration only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from wizard.extensions import tools

blueprint = Blueprint("mailbox", __name__)
NAME = re.compile(r"[a-z0-9]{1,40}")
NEWEST = 200


@dataclass(frozen=True)
class Mail:
    """One mail as the list and its page show it."""

    id: str
    to: str
    subject: str
    at: datetime
    text: str


@blueprint.get("/mailbox")
def inbox() -> ResponseReturnValue:
    files = sorted(_folder().glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)[:NEWEST]
    mails = sorted((_mail(path.stem, _read(path)) for path in files), key=lambda mail: mail.at, reverse=True)
    return render_template("demo/mailbox.html", mails=mails)


@blueprint.get("/mailbox/<name>")
def one(name: str) -> ResponseReturnValue:
    return render_template("demo/mail.html", mail=_mail(name, _found(name)), html_url=f"/mailbox/{name}/html")


@blueprint.get("/mailbox/<name>/html")
def as_html(name: str) -> Response:
    """The mail's HTML part, to be shown in a frame without scripts."""
    part = _found(name).get_body(("html",))
    if part is None:
        raise NotFound
    response = Response(part.get_content(), mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-top-navigation-by-user-activation"
    )
    return response


def _folder() -> Path:
    return tools().settings.instance / "mailbox"


def _found(name: str) -> EmailMessage:
    path = _folder() / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFound
    return _read(path)


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=SMTP)


def _mail(name: str, message: EmailMessage) -> Mail:
    plain = message.get_body(("plain",))
    return Mail(
        id=name,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        at=parsedate_to_datetime(str(message["Date"])).astimezone(UTC),
        text=plain.get_content() if plain is not None else "",
    )
