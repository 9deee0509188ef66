"""One batch of an import, settled in one transaction: what becomes of each of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select

from wizard.domain.address_match import SEVERAL
from wizard.models import Account, Issue, Membership, db
from wizard.services import (
    audit,
    import_limits,
    import_memberships,
    import_places,
    import_rows,
    memberships,
    people,
    people_search,
)
from wizard.services.import_limits import Limits
from wizard.services.import_memberships import Held
from wizard.services.import_places import KnownOffice, Places
from wizard.services.import_reports import CONFLICT, REFUSED, UNCHANGED, UPDATED, RowResult
from wizard.services.import_rows import Checked
from wizard.services.import_scratch import Scratch
from wizard.services.organisations import Belonging
from wizard.services.people import OPERATOR, Change, Kept, Lookup, Person, Problem

MOVED = "moved"  # why a membership ended


@dataclass(frozen=True)
class Rules:
    """How a batch is settled.

    `language` is the tag for who says none, `guesses` that the file never names a kind of office, `kept` where a dry run keeps what it
    would have made (None: it is no dry run), `source` "import" or "command", `by` who does it, for the trail. `uploaded_at`: the file
    came from the console then, and has its `Limits`.
    """

    journey: str
    language: str
    update: bool = False
    invite: bool = False
    guesses: bool = True
    kept: Scratch | None = None
    source: str = "import"
    by: str = OPERATOR
    uploaded_at: datetime | None = None


@dataclass
class Settled:
    """What became of a batch; the accounts to invite for the first time, and those whose address is a new one."""

    results: list[list[RowResult]] = field(default_factory=list)
    added: list[dict[str, Any]] = field(default_factory=list)
    memberships: list[dict[str, Any]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    to_invite: list[str] = field(default_factory=list)
    to_invite_again: list[str] = field(default_factory=list)
    organisations: int = 0
    offices: int = 0
    doubtful: int = 0


@dataclass(frozen=True)
class _Batch:
    rules: Rules
    now: datetime
    places: Places
    found: dict[Lookup, list[Kept]]
    held: dict[str, list[Held]]
    shared: set[str]
    limits: Limits
    settled: Settled = field(default_factory=Settled)

    @property
    def applies(self) -> bool:
        return self.rules.update and self.rules.kept is None


def settle(rows: Sequence[Checked], rules: Rules, now: datetime) -> Settled:
    """Settle these rows: inside an open `write()`, or, in a dry run, in a transaction that writes nothing.

    Raises `NameTaken` and `IntegrityError` when another import or a request came between; the transaction is then to be rolled back.
    """
    batch = _read(rows, rules, now)
    for row in rows:
        batch.settled.results.append(_settle_row(batch, row))
    settled, places = batch.settled, batch.places
    settled.organisations, settled.offices = len(places.new_organisations), len(places.new_offices)
    if rules.kept is None:
        _write(batch)
    else:
        import_places.keep(places, rules.kept)
    if rules.invite:
        fresh, moved = _left_uninvited(batch)
        settled.to_invite, settled.to_invite_again = [row["id"] for row in settled.added] + fresh, moved
    return settled


def _read(rows: Sequence[Checked], rules: Rules, now: datetime) -> _Batch:
    """Everything that the rows are compared with, in a handful of questions."""
    persons = [row.person for row in rows if row.person]
    said = [row.place for row in rows if row.place]
    writes = rules.kept is None
    places = import_places.load(said, guesses=rules.guesses, lock=writes)
    if rules.kept is not None:
        import_places.overlay(places, said, rules.kept)
    import_places.load_near(places, said, rules.kept)
    found = people.kept([person.lookup for person in persons], lock=rules.update and writes)
    ids = [account.id for accounts in found.values() for account in accounts]
    shared = _addresses_in_use([person for person in persons if person.lookup not in found]) if said else set()
    held = import_memberships.held_by(ids) if said or rules.uploaded_at else {}
    limits = import_limits.read(ids, {each.organisation_key for each in said}, held, rules.uploaded_at)
    return _Batch(rules, now, places, found, held, shared, limits)


def _addresses_in_use(new: Sequence[Person]) -> set[str]:
    """Those addresses of new people that an account has already. A disabled account is nobody's."""
    keys = [person.email_key for person in new]
    of_others = select(Account.email_key).where(Account.email_key.in_(keys), Account.disabled_at.is_(None))
    return set(db.session.scalars(of_others.distinct())) if keys else set()


def _settle_row(batch: _Batch, row: Checked) -> list[RowResult]:
    if row.person is None:
        return row.refused
    accounts = batch.found.get(row.person.lookup, [])
    problem = _whom_not(batch, row.person, accounts)
    if problem is None and row.place:
        problem = batch.places.problem(row.place) or batch.limits.problem_of_role(row.place, accounts)
    if problem:
        return [RowResult(row.line, row.key, REFUSED, problem.column, problem.reason)]
    return _compare(batch, row, row.person, accounts[0]) if accounts else _add(batch, row, row.person)


def _whom_not(batch: _Batch, person: Person, accounts: list[Kept]) -> Problem | None:
    """Why the accounts found for a row are not this import's to change."""
    by = person.lookup[0]
    if len(accounts) > 1:
        return Problem(by, str(_("Several accounts have this address. Give the user name.")))
    if accounts and accounts[0].journey != batch.rules.journey:
        if by == "username":
            return Problem(by, str(_("This user name is taken by an account of another journey.")))
        return Problem(by, str(_("This address is taken by an account of another journey.")))
    return batch.limits.problem_of_account(by, accounts)


def _add(batch: _Batch, row: Checked, person: Person) -> list[RowResult]:
    rules, settled = batch.rules, batch.settled
    account = people.new_account(person, journey=rules.journey, language=rules.language, now=batch.now)
    settled.added.append(account)
    if row.place is None:
        return import_rows.added(row, None)
    changed = _change_places(batch, row, row.place)
    settled.memberships.append(
        import_memberships.new_row(account["id"], batch.places.office(row.place), row.place.role, batch.now)
    )
    doubt = SEVERAL if person.email_key in batch.shared else row.doubt
    settled.doubtful += doubt is not None
    return import_rows.added(row, doubt) + changed


def _compare(batch: _Batch, row: Checked, person: Person, account: Kept) -> list[RowResult]:
    changed = people.changes(account, person)
    kept_back = [each for each in changed if each.column == "email" and batch.limits.keeps_address(account)]
    changed = [each for each in changed if each not in kept_back]
    if changed and batch.applies:
        people.apply_changes(account, person, changed, batch.now, by=batch.rules.by)
        batch.settled.changed.append(account.id)
    results = [import_limits.address_kept(row, change) for change in kept_back]
    results += [_in_words(row, change, batch.rules) for change in changed]
    if row.place is not None:
        results += _move(batch, row, row.place, account)
        results += _change_places(batch, row, row.place) + row.contradicts
    return results or [RowResult(row.line, row.key, UNCHANGED)]


def _move(batch: _Batch, row: Checked, said: Belonging, account: Kept) -> list[RowResult]:
    """Compare the membership. What a colleague gave in another organisation stays; what an import gave is moved."""
    held = batch.held.get(account.id, [])
    same = [each for each in held if each.organisation_key == said.organisation_key]
    ends = same or [each for each in held if each.invited_by is None]
    if same:
        pairs = [("office", same[0].office, said.office, same[0].office_key == said.office_key)]
        pairs += [("role", same[0].role, said.role, same[0].role == said.role)]
        changed = [Change(column, here, new) for column, here, new, is_same in pairs if not is_same]
    else:
        changed = [Change("organisation", ", ".join(each.organisation for each in ends), said.organisation)]
    if changed and batch.rules.update:
        office = batch.places.office(said)
        if batch.applies:
            _replace(batch, account, ends, office, said.role)
    return [_in_words(row, change, batch.rules) for change in changed]


def _replace(batch: _Batch, account: Kept, ends: list[Held], office: KnownOffice, role: str) -> None:
    for each in ends:
        memberships.end(each.id, MOVED)
    made = import_memberships.new_row(account.id, office, role, batch.now)
    batch.settled.memberships.append(made)
    said = {"membership": made["id"], "office": office.id, "role": role}
    audit.record("membership-moved", account_id=account.id, actor=batch.rules.by, **said)


def _change_places(batch: _Batch, row: Checked, said: Belonging) -> list[RowResult]:
    changed = batch.places.changes(said)
    kept_back = [each for each in changed if each.column == "office_kind" and batch.limits.keeps_office_kinds]
    changed = [each for each in changed if each not in kept_back]
    if changed and batch.rules.update:
        batch.places.apply(said, changed)
    results = [import_limits.office_kind_kept(row, change) for change in kept_back]
    return results + [_in_words(row, change, batch.rules) for change in changed]


def _in_words(row: Checked, change: Change, rules: Rules) -> RowResult:
    if rules.update:
        return RowResult(row.line, row.key, UPDATED, change.column, _updated(change))
    return RowResult(row.line, row.key, CONFLICT, change.column, _differs(change, rules))


def _updated(change: Change) -> str:
    if not change.here:
        return str(_("It was empty and is now “%(said)s”.", said=change.said))
    return str(_("It was “%(here)s” and is now “%(said)s”.", here=change.here, said=change.said))


def _differs(change: Change, rules: Rules) -> str:
    if rules.source != "import":
        here = f"“{change.here}”" if change.here else "empty"
        return f"It is {here} here and “{change.said}” in this command."
    if not change.here:
        return str(_("It is empty here and “%(said)s” in the file.", said=change.said))
    return str(_("It is “%(here)s” here and “%(said)s” in the file.", here=change.here, said=change.said))


def _write(batch: _Batch) -> None:
    import_places.write(batch.places, batch.now, by=batch.rules.by)
    settled = batch.settled
    if settled.added:
        people.add(settled.added, source=batch.rules.source, by=batch.rules.by)
    if settled.memberships:
        db.session.execute(insert(Membership), settled.memberships)
    moved = [row["account_id"] for row in settled.memberships] + import_places.in_another_country(batch.places)
    people_search.refresh([row["id"] for row in settled.added] + settled.changed + moved)
    new = {row["id"] for row in settled.added}
    for row in settled.memberships:
        if row["account_id"] in new:
            said = {"membership": row["id"], "office": row["office_id"], "role": row["role"]}
            audit.record("membership-added", account_id=row["account_id"], actor=batch.rules.by, **said)


def _left_uninvited(batch: _Batch) -> tuple[list[str], list[str]]:
    """Accounts that were there already: those never invited, those whose invitation ended with their address."""
    known = [each for accounts in batch.found.values() for each in accounts if each.id not in batch.limits.agents]
    of_journey = (row for row in known if row.journey == batch.rules.journey and not row.disabled_at)
    waiting = [row.id for row in of_journey if not row.password_hash]
    ends: dict[str, set[str | None]] = {}
    issues = select(Issue.account_id, Issue.ended_reason).where(Issue.account_id.in_(waiting))
    for account_id, reason in db.session.execute(issues):
        ends.setdefault(account_id, set()).add(reason)
    moved = [each for each, reasons in ends.items() if people.ADDRESS_CHANGED in reasons and None not in reasons]
    return [account_id for account_id in waiting if account_id not in ends], moved
