"""What is asked of the figures: which journey, since when, whose."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, select, true

from wizard.extensions import tools
from wizard.models import Account, Membership, Office, Organisation, db
from wizard.services import desk_scope
from wizard.services.memberships import is_living
from wizard.services.organisations import name_key
from wizard.services.staff import Agent, Scope

FEW = 5  # organisations that are named when several fit


@dataclass(frozen=True)
class Filters:
    """Whose figures: readers of one language, members of one organisation; None: everybody's."""

    language: str | None = None
    organisation_id: str | None = None

    def condition(self) -> ColumnElement[bool]:
        """On `Account`."""
        conditions: list[ColumnElement[bool]] = [true()]
        if self.language:
            conditions.append(Account.language == self.language)
        if self.organisation_id:
            mine = select(Membership.id).where(
                Membership.account_id == Account.id,
                Membership.organisation_id == self.organisation_id,
                is_living(),
            )
            conditions.append(exists(mine.correlate(Account)))
        return and_(*conditions)


@dataclass(frozen=True)
class Question:
    """One question: `weeks` whole weeks of `journey`, this one included; `agent` None asks for everybody."""

    journey: str
    weeks: int
    filters: Filters = field(default_factory=Filters)
    agent: Agent | None = None

    @property
    def scope(self) -> Scope:
        return self.agent.scope if self.agent else Scope()

    @property
    def is_narrow(self) -> bool:
        """Whether only people whose account is known can be counted."""
        return self.scope != Scope() or self.filters != Filters()

    def accounts(self) -> ColumnElement[bool]:
        """On `Account`: whom the answer is about."""
        within = desk_scope.within(self.agent) if self.agent else true()
        return and_(within, self.filters.condition())

    def memberships(self) -> ColumnElement[bool]:
        """On `Membership` and `Office`: the organisations that may be named in the answer."""
        conditions: list[ColumnElement[bool]] = [is_living()]
        if self.scope.organisation_id:
            conditions.append(Membership.organisation_id == self.scope.organisation_id)
        if self.scope.country:
            conditions.append(Office.country == self.scope.country)
        return and_(*conditions)

    def since(self, now: datetime) -> datetime:
        """Monday, 0:00 in the installation's time zone."""
        zone = ZoneInfo(tools().settings.time_zone)
        today = now.astimezone(zone).date()
        monday = today - timedelta(days=today.weekday() + 7 * (self.weeks - 1))
        return datetime.combine(monday, time(), zone)


class NoOrganisation(LookupError):
    """No organisation that the agent sees has this name, or several begin with it: `several` are their names."""

    def __init__(self, several: tuple[str, ...] = ()) -> None:
        self.several = several
        super().__init__(", ".join(several))


def find_organisation(typed: str, scope: Scope) -> tuple[str, str]:
    """Id and name of the organisation that is called so, or the only one whose name begins so. Raises `NoOrganisation`."""
    key = name_key(typed)
    seen = select(Organisation.id, Organisation.name, Organisation.name_key)
    if scope.organisation_id:
        seen = seen.where(Organisation.id == scope.organisation_id)
    if scope.country:
        there = select(Office.id).where(Office.organisation_id == Organisation.id, Office.country == scope.country)
        seen = seen.where(exists(there.correlate(Organisation)))
    begins = seen.where(Organisation.name_key.startswith(key, autoescape=True))
    shortest = begins.order_by(func.length(Organisation.name_key), Organisation.name_key).limit(FEW)
    found = db.session.execute(shortest).all() if key else []
    if not found or (len(found) > 1 and found[0].name_key != key):
        raise NoOrganisation(tuple(row.name for row in found))
    return found[0].id, found[0].name
