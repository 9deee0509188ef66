"""What a file from the console leaves alone, although the operator's command may do it (SEC-19, SEC-56).

Such a file is one agent's: it touches no agent's account and no address that is in use, raises no role and changes no kind of office.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from wizard.domain.organisation_rights import ADMINISTRATOR, ROLES
from wizard.models import Membership, Organisation, db
from wizard.services import memberships, staff
from wizard.services.import_memberships import Held
from wizard.services.import_reports import CONFLICT, RowResult
from wizard.services.import_rows import Checked
from wizard.services.organisations import Belonging
from wizard.services.people import Change, Kept, Problem

_NAMED = _l(
    "An administrator is named or moved by another one of the organisation, or by the operator’s command. A file from the console does not."
)
_RAISED = _l(
    "A role is raised by an administrator of the organisation, or by the operator’s command. A file from the console does not."
)


@dataclass(frozen=True)
class Limits:
    """The limits of one batch; none unless `by_agent`.

    `held` are the memberships by account, `agents` the accounts that work at the helpdesk, `governed` the keys of the organisations
    that had an administrator before the file came in.
    """

    by_agent: bool
    held: dict[str, list[Held]]
    agents: set[str] = field(default_factory=set)
    governed: set[str] = field(default_factory=set)

    def problem_of_account(self, by: str, accounts: Iterable[Kept]) -> Problem | None:
        """Why the accounts found by this column are not the file's to change."""
        if any(account.id in self.agents for account in accounts):
            return Problem(by, str(_("This is an agent of the helpdesk, whom only the operator changes.")))
        return None

    def problem_of_role(self, said: Belonging, accounts: Sequence[Kept]) -> Problem | None:
        """Why nobody gets this role there: it is more than they have, or it names or moves an administrator of a governed organisation."""
        if not self.by_agent:
            return None
        held = [each for account in accounts for each in self.held.get(account.id, [])]
        there = [each for each in held if each.organisation_key == said.organisation_key]
        had = [each.role for each in there or [each for each in held if each.invited_by is None]]
        if accounts and _rank(said.role) > max(map(_rank, had), default=0):
            return Problem("role", str(_RAISED))
        is_at_office = any(each.office_key == said.office_key for each in there)
        if said.role == ADMINISTRATOR and not is_at_office and said.organisation_key in self.governed:
            return Problem("role", str(_NAMED))
        return None

    def keeps_address(self, account: Kept) -> bool:
        """Whether the address stays: it is in use, or who reads the mail of another one would get more than a new reader has."""
        return self.by_agent and (account.is_in_use or any(_rank(each.role) for each in self.held.get(account.id, [])))

    @property
    def keeps_office_kinds(self) -> bool:
        """Whether offices keep their kind: who belongs to a headquarters reaches all offices, so it is part of a right."""
        return self.by_agent


def read(
    account_ids: Sequence[str], organisation_keys: set[str], held: dict[str, list[Held]], uploaded_at: datetime | None
) -> Limits:
    """The limits of a batch that finds these accounts and names these organisations; `uploaded_at` None: a command's."""
    if uploaded_at is None:
        return Limits(by_agent=False, held=held)
    governed = _governed(organisation_keys, uploaded_at) if organisation_keys else set()
    return Limits(by_agent=True, held=held, agents=staff.among(account_ids), governed=governed)


def _governed(organisation_keys: set[str], before: datetime) -> set[str]:
    """Those of the organisations that had an administrator before that moment: further ones are named by them."""
    living = (
        select(Organisation.name_key)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Organisation.name_key.in_(organisation_keys), Membership.role == ADMINISTRATOR)
        .where(memberships.is_living(), Membership.created_at < before)
    )
    return set(db.session.scalars(living.distinct()))


def _rank(role: str) -> int:
    return ROLES.index(role)


def address_kept(row: Checked, change: Change) -> RowResult:
    """How the report says that the address stays."""
    words = _("It is “%(here)s” here. Change it on the person’s card: a second agent approves it.", here=change.here)
    return RowResult(row.line, row.key, CONFLICT, change.column, str(words))


def office_kind_kept(row: Checked, change: Change) -> RowResult:
    """How the report says that the kind of an office stays."""
    words = _("It is “%(here)s” here. Only the operator’s command changes the kind of an office.", here=change.here)
    return RowResult(row.line, row.key, CONFLICT, change.column, str(words))
