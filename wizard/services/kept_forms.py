"""What somebody had typed when an older proof had to be asked for again: kept until its page may be opened again.

It lies encrypted in the browser's cookie, so that nobody reads it there who sits down at the computer, and the page shows it only
behind the proof. It belongs to one session, and so to one account, and to one step of one journey or one page of the console; with the
session it ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import current_app, session
from flask.sessions import SecureCookieSessionInterface

from wizard.adapters.keyring import Undecipherable
from wizard.extensions import tools
from wizard.services.visits import Visit

KEPT = "k"
PURPOSE = "kept-form"
LONGEST = 1400  # bytes: three names of 100 characters
LONGEST_COOKIE = 4000  # bytes of its value: with name and attributes below the 4096 bytes that a browser takes


def keep(visit: Visit, place: str, typed: Mapping[str, str]) -> None:
    """Keep `typed`, by field, for `place` (a step, or a page's address); only the newest is kept, and nothing that is too long."""
    if visit.session is None:
        return
    whole = json.dumps([visit.session.id, place, dict(typed)], ensure_ascii=False).encode()
    if len(whole) <= LONGEST:
        session[KEPT] = tools().keyring.encrypt(PURPOSE, whole).decode()


def give_way() -> None:
    """Let go of what was kept where the cookie around it has grown too long, as by a very long user name.

    A browser drops such a cookie whole, and nobody could go on. Asked last, when all that the answer changes in the cookie is there.
    """
    if session.modified and KEPT in session and _cookie_length() > LONGEST_COOKIE:
        session.pop(KEPT)


def _cookie_length() -> int:
    interface = current_app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    serializer = interface.get_signing_serializer(current_app)
    assert serializer is not None
    return len(serializer.dumps(dict(session)))


def kept(visit: Visit, place: str) -> dict[str, str]:
    """What this session has typed at `place` and not sent since; empty when there is nothing."""
    if visit.session is None or KEPT not in session:
        return {}
    try:
        owner, where, typed = json.loads(tools().keyring.decrypt(PURPOSE, str(session[KEPT]).encode()))
    except Undecipherable:  # its master secret was retired meanwhile; the cookie around it has been signed anew since
        return {}
    return dict(typed) if (owner, where) == (visit.session.id, place) else {}


def forget(visit: Visit) -> None:
    """What was kept has done its work; applied after the commit."""
    visit.after_commit(lambda: session.pop(KEPT, None))
