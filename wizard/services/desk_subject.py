"""The person whom acts and card are about: each kind of thing is asked of the database once, however many acts look at it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from sqlalchemy import or_, select

from wizard.extensions import tools
from wizard.models import Account, Authenticator, DeskAct, db
from wizard.services import caller_checks, desk_act_endings, desk_pauses
from wizard.services.colleague_withdrawals import was_withdrawn
from wizard.services.desk_act_endings import Found
from wizard.services.desk_pauses import Counted
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

    @cached_property
    def paused(self) -> list[tuple[Counted, datetime]]:
        """The counters that pause now, and until when."""
        return desk_pauses.paused(self.account)
