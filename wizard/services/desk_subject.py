"""The person whom acts and card are about: each kind of thing is asked of the database once, however many acts look at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from sqlalchemy import or_, select

from wizard.extensions import tools
from wizard.models import Account, Authenticator, DeskAct, MailedCode, Session, db
from wizard.services import (
    addresses,
    approvals,
    caller_checks,
    desk_act_endings,
    enrolment,
    passwords,
    recovery_codes,
    temporary_passes,
)
from wizard.services.attempts import Counters
from wizard.services.colleague_withdrawals import was_withdrawn
from wizard.services.desk_act_endings import Found
from wizard.services.desk_standing import Standing, standing_of

ClosedBy = Literal["helpdesk", "operator", "administrator"]
WAITING, DONE = "waiting", "done"
LOOKED_BACK = timedelta(days=30)


class Subject:
    """An account as it was when each thing was first asked for.

    A page makes one for all that it shows. A post makes its own under the locks: what was read before them counts for nothing there.
    """

    def __init__(self, account: Account) -> None:
        self.account = account

    @cached_property
    def standing(self) -> Standing:
        """Where they stand now, in the browser that they use."""
        return standing_of(self.account, tools().clock.now())

    def ends(self, *kinds: str) -> Found:
        """What there is of these kinds to end, in their order."""
        return {kind: self._ends[kind] for kind in kinds if kind in self._ends}

    @cached_property
    def _ends(self) -> Found:
        return desk_act_endings.found(self.account, tuple(desk_act_endings.ENDINGS))

    @cached_property
    def authenticators(self) -> list[Authenticator]:
        """Those that have not ended, proven or not, the oldest first."""
        alive = select(Authenticator).where(
            Authenticator.account_id == self.account.id, Authenticator.ended_at.is_(None)
        )
        return list(db.session.scalars(alive.order_by(Authenticator.created_at, Authenticator.id)))

    @property
    def ways(self) -> list[Authenticator]:
        """The proven ways to confirm, the oldest first."""
        return [row for row in self.authenticators if row.proven_at is not None]

    @cached_property
    def flagged_at(self) -> datetime | None:
        """When it was last answered, within a day, that the call was not this person's."""
        return caller_checks.flagged_at(self.account.id, tools().clock.now())

    @cached_property
    def acts(self) -> list[tuple[DeskAct, Account]]:
        """What agents did in the last 30 days and what waits, the newest first, each with its agent's account."""
        recent = DeskAct.created_at > tools().clock.now() - LOOKED_BACK
        mine = select(DeskAct, Account).join(Account, Account.id == DeskAct.agent_id)
        mine = mine.where(DeskAct.account_id == self.account.id, DeskAct.state.in_((WAITING, DONE)))
        mine = mine.where(or_(recent, DeskAct.state == WAITING, DeskAct.done_at == self.account.disabled_at))
        return [(row, by) for row, by in db.session.execute(mine.order_by(DeskAct.created_at.desc(), DeskAct.id))]

    @cached_property
    def closed_by(self) -> ClosedBy | None:
        """Who closed the account, told by the very moment at which it was closed; None: it is open."""
        closed = self.account.disabled_at
        if closed is None:
            return None
        if any(row.act == "disable" and row.state == DONE and row.done_at == closed for row, _agent in self.acts):
            return "helpdesk"
        return "administrator" if was_withdrawn(self.account) else "operator"

    @property
    def keys(self) -> list[str]:
        """The names under which tries of this account are counted."""
        return [key for key in (self.account.username_key, self.account.email_key) if key]

    @cached_property
    def sources(self) -> list[str]:
        """The networks from which this person has asked a phone."""
        asked_from = select(Session.source).where(Session.account_id == self.account.id).distinct()
        return list(db.session.scalars(asked_from))

    @cached_property
    def _asking_browsers(self) -> list[str]:
        """The digests of the browsers that asked for mailed codes of late: their tries count for a day."""
        since = tools().clock.now() - timedelta(seconds=addresses.DAY)
        asked = select(MailedCode.browser).where(
            MailedCode.account_id == self.account.id, MailedCode.created_at > since
        )
        return list(db.session.scalars(asked.distinct()))

    def asking_names(self, key: str) -> list[str]:
        """How tries at mailed codes for this key are counted, by browser."""
        return [addresses.browser_name(browser, key) for browser in self._asking_browsers]

    def source_name(self, source: str) -> str:
        """How requests to the phone from this network are counted."""
        return f"{self.account.id}:{source}"

    @cached_property
    def counters(self) -> Counters:
        """Every counter of tries of this account."""
        return Counters(self._counted())

    def _counted(self) -> Iterator[tuple[str, str]]:
        own = (
            enrolment.ATTEMPTS, enrolment.ATTEMPTS_A_DAY, recovery_codes.ATTEMPTS, temporary_passes.ATTEMPTS,
        )  # fmt: skip
        named = (passwords.KIND, addresses.ADDRESS, addresses.SENDS, addresses.SENDS_A_DAY)
        yield from ((kind, self.account.id) for kind in own)
        yield from ((kind, key) for kind in named for key in self.keys)
        yield from ((addresses.BROWSER, name) for key in self.keys for name in self.asking_names(key))
        yield from ((approvals.PER_SOURCE, self.source_name(source)) for source in self.sources)
