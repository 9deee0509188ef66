"""The accounts that this browser knows: at most five opaque ids in a signed cookie.

Set only after a full sign-in on a computer that is not marked as shared; it proves nothing, it saves typing (S-55).
"""

from __future__ import annotations

from flask import Response, after_this_request, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from wizard.extensions import tools
from wizard.models import Account, db
from wizard.services.visits import Visit

LIMIT = 5
LIFETIME = 180 * 86400  # seconds


def cookie_name() -> str:
    return "__Host-perron-known" if tools().settings.https else "perron-known"


def known_ids() -> list[str]:
    """The ids in this browser's cookie, the last used first; a cookie that does not verify knows nobody."""
    try:
        found = _serializer().loads(request.cookies.get(cookie_name(), ""))
    except BadSignature:
        return []
    return [item for item in found if isinstance(item, str)][:LIMIT] if isinstance(found, list) else []


def known_accounts() -> list[Account]:
    """The accounts to choose from, without disabled ones."""
    ids = known_ids()
    if not ids:
        return []
    rows = {
        row.id: row
        for row in db.session.scalars(select(Account).where(Account.id.in_(ids), Account.disabled_at.is_(None)))
    }
    return [rows[found] for found in ids if found in rows]


def remember(visit: Visit) -> None:
    """This browser has signed in fully: know its account next time, or forget it on a shared computer."""
    assert visit.account is not None
    assert visit.session is not None
    others = [found for found in known_ids() if found != visit.account.id]
    keep = others if visit.session.shared else [visit.account.id, *others][:LIMIT]
    secure, name, value = tools().settings.https, cookie_name(), str(_serializer().dumps(keep))

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(name, value, max_age=LIFETIME, secure=secure, httponly=True, samesite="Lax", path="/")
        return response


def _serializer() -> URLSafeSerializer:
    keys = [key.hex() for key in reversed(tools().keyring.keys("known-accounts"))]
    return URLSafeSerializer(keys, salt="known-accounts")
