"""The mails about what agents did: what it was, and what to do next. Of a closed account nothing works any more but a call."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.models import Account
from wizard.services import mails
from wizard.services.desk_act_words import CLOSED, Notice


def done(account: Account, notice: Notice, now: datetime, *, was_closed: bool) -> None:
    """Tell the person of an act. `was_closed`: the account was closed before it."""
    stays_closed = was_closed and account.disabled_at is not None
    mails.desk_act(account, notice.what, CLOSED if stays_closed else notice.todo, now)


def undone(account: Account, act: LazyString, now: datetime) -> None:
    """Tell the person that an act was taken back; `act` are its words."""
    if account.disabled_at is None:
        mails.desk_undone(account, act, now)
    else:
        mails.desk_act(account, _l("The helpdesk has taken this back: “%(act)s”.", act=act), CLOSED, now)
