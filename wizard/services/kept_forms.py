"""What somebody had typed when an older proof had to be asked for again: kept until its page may be opened again.

It lies encrypted in the browser's cookie, so that nobody reads it there who sits down at the computer, and the page shows it only
behind the proof. It belongs to one session, and so to one account, and to one step of one journey; with the session it ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import session

from wizard.adapters.keyring import Undecipherable
from wizard.extensions import tools
from wizard.services.visits import Visit

KEPT = "k"
PURPOSE = "kept-form"
LONGEST = 1400  # bytes: three names of 100 characters, and a cookie below the 4096 bytes that a browser takes


def keep(visit: Visit, place: str, typed: Mapping[str, str]) -> None:
    """Keep `typed`, by field, for `place` (journey and step); only the newest is kept, and nothing that is too long for a cookie."""
    if visit.session is None:
        return
    whole = json.dumps([visit.session.id, place, dict(typed)], ensure_ascii=False).encode()
    if len(whole) <= LONGEST:
        session[KEPT] = tools().keyring.encrypt(PURPOSE, whole).decode()


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
