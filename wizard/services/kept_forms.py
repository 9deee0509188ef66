"""What somebody had typed when an older proof had to be asked for again: kept until its page may be opened again.

It lies encrypted in the browser's cookie, so that nobody reads it there who sits down at the computer, and the page shows it only
behind the proof. It belongs to one session, and so to one account, and to one step of one journey or one page of the console; with the
session it ends. What was sent after the session had run out belongs to that session's account: the next session of the same account
takes it over in this browser, nobody else's does.
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
    owner = visit.session.id if visit.session is not None else _account_of_run_out(visit)
    if owner is None:
        return
    whole = json.dumps([owner, place, dict(typed)], ensure_ascii=False).encode()
    if len(whole) <= LONGEST:
        session[KEPT] = tools().keyring.encrypt(PURPOSE, whole).decode()


def _account_of_run_out(visit: Visit) -> str | None:
    """Whose session has run out in this browser; None where there was none, or somebody has ended it: nothing goes on then."""
    ended = visit.ended
    return ended.account_id if ended is not None and ended.revoked_at is None else None


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
    is_mine = owner in {visit.session.id, visit.session.account_id}
    return dict(typed) if is_mine and where == place else {}


def forget(visit: Visit) -> None:
    """What was kept has done its work; applied after the commit."""
    visit.after_commit(lambda: session.pop(KEPT, None))
