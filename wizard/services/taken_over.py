"""A browser whose session ended because the same person went on with the invitation in another one."""

from __future__ import annotations

from datetime import datetime

from wizard.models import Account, db
from wizard.services import names
from wizard.services.visits import Visit

REASON = "issue-taken-over"


def taken_over_at(visit: Visit, key: str) -> datetime | None:
    """When the session that this browser had for the name or address `key` (canonical) was taken over; None: it was not."""
    ended = visit.ended
    if ended is None or ended.revoked_reason != REASON or ended.account_id is None:
        return None
    account = db.session.get(Account, ended.account_id)
    is_of_this_name = account is not None and key in {names.key_of(account), account.email_key}
    return ended.revoked_at if is_of_this_name else None
