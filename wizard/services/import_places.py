"""The organisations and offices that one batch of an import names: as they are, or, in a dry run, as they would be by now.

Everything is read for the whole batch at once; nothing of it is kept for the next one, so that memory does not grow with the number
of organisations. What a dry run would have made or changed is kept in the import's scratch file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from wizard.domain.organisation_rights import HEADQUARTERS, OFFICE_KINDS, ORGANISATION_KINDS
from wizard.domain.secrets_made import new_id
from wizard.models import Membership, Office, Organisation, db
from wizard.models.database import rows_changed
from wizard.services import audit
from wizard.services.import_scratch import Scratch
from wizard.services.organisations import Belonging
from wizard.services.people import Change, Problem

GUESSED = (
    "national-ngo",
    "company",
)  # kinds whose first office is the headquarters when the file says no kind of office
NAMES_COMPARED = 300  # offices of an organisation among which a misspelt one is looked for
LIKENESS = 0.6  # 1 is equal


@dataclass(frozen=True)
class KnownOffice:
    id: str
    organisation_id: str
    name: str
    key: str
    kind: str
    country: str = ""


@dataclass(frozen=True)
class KnownOrganisation:
    id: str
    name: str
    key: str
    kind: str


@dataclass
class Places:
    """What the batch names and what it adds. `guesses` says that the file never names a kind of office."""

    guesses: bool
    organisations: dict[str, KnownOrganisation] = field(default_factory=dict)
    offices: dict[tuple[str, str], KnownOffice] = field(default_factory=dict)
    with_offices: set[str] = field(default_factory=set)
    near: dict[str, dict[str, str]] = field(default_factory=dict)
    meant: dict[tuple[str, str], str] = field(default_factory=dict)
    new_organisations: list[KnownOrganisation] = field(default_factory=list)
    new_offices: list[KnownOffice] = field(default_factory=list)
    changed: dict[str, set[str]] = field(default_factory=dict)

    def problem(self, said: Belonging) -> Problem | None:
        """Why nobody can be put there: an organisation or an office that is not known, and that the row does not describe."""
        known = self.organisations.get(said.organisation_key)
        kind = known.kind if known else said.organisation_kind
        if not kind:
            words = _(
                "“%(name)s” is not known here. To add it, say which kind it is: %(kinds)s.",
                name=said.organisation,
                kinds=", ".join(ORGANISATION_KINDS),
            )
            return Problem("organisation_kind", str(words))
        if said.office_kind or (known and (known.id, said.office_key) in self.offices):
            return None
        if known and known.id in self.with_offices:
            return Problem("office", self._unknown_office(said, known))
        if self.guesses and kind in GUESSED:
            return None
        words = _(
            "“%(name)s” has no office here yet. Say which kind this one is: %(kinds)s.",
            name=said.organisation,
            kinds=", ".join(OFFICE_KINDS),
        )
        return Problem("office_kind", str(words))

    def _unknown_office(self, said: Belonging, known: KnownOrganisation) -> str:
        asked, names = (known.id, said.office_key), self.near.get(known.id, {})
        if asked not in self.meant:
            likely = get_close_matches(said.office_key, names, n=1, cutoff=LIKENESS)
            self.meant[asked] = names[likely[0]] if likely else ""
        meant = self.meant[asked]
        sentences = [
            _("The office “%(office)s” is not known at “%(name)s”.", office=said.office, name=known.name),
            _("Did you mean “%(office)s”?", office=meant) if meant else "",
            _("To add it, say which kind it is in office_kind: %(kinds)s.", kinds=", ".join(OFFICE_KINDS)),
        ]
        return " ".join(filter(None, map(str, sentences)))

    def changes(self, said: Belonging) -> list[Change]:
        """Where the row describes a known organisation or office differently. What it does not say changes nothing."""
        known = self.organisations.get(said.organisation_key)
        office = self.offices.get((known.id, said.office_key)) if known else None
        pairs = [("organisation_kind", known.kind, said.organisation_kind)] if known else []
        if office:
            pairs += [("office_kind", office.kind, said.office_kind), ("country", office.country, said.country)]
        return [Change(column, here, new) for column, here, new in pairs if new and new != here]

    def apply(self, said: Belonging, changed: list[Change]) -> None:
        """Take over what `changes` found."""
        known = self.organisations[said.organisation_key]
        values = {change.column: change.said for change in changed}
        if kind := values.pop("organisation_kind", None):
            self.organisations[known.key] = replace(known, kind=kind)
            self.changed.setdefault(known.id, set()).add("kind")
        if values:
            office = self.offices[known.id, said.office_key]
            self.offices[known.id, office.key] = replace(
                office, kind=values.get("office_kind", office.kind), country=values.get("country", office.country)
            )
            self.changed.setdefault(office.id, set()).update(name.removeprefix("office_") for name in values)

    def office(self, said: Belonging) -> KnownOffice:
        """The office, made with its organisation when it is not there. `problem` has found nothing against it."""
        known = self.organisations.get(said.organisation_key)
        if known is None:
            known = KnownOrganisation(new_id(), said.organisation, said.organisation_key, said.organisation_kind)
            self.organisations[known.key] = known
            self.new_organisations.append(known)
        office = self.offices.get((known.id, said.office_key))
        if office is None:
            kind = said.office_kind or HEADQUARTERS
            office = KnownOffice(new_id(), known.id, said.office, said.office_key, kind, said.country)
            self.offices[known.id, office.key] = office
            self.with_offices.add(known.id)
            self.near.setdefault(known.id, {})[office.key] = office.name
            self.new_offices.append(office)
        return office


def load(said: Iterable[Belonging], *, guesses: bool, lock: bool) -> Places:
    """Read what a batch names. `lock` lets imports of the same organisations at once take turns."""
    named = list(said)
    places = Places(guesses)
    keys = {each.organisation_key for each in named}
    wanted = (Organisation.id, Organisation.name, Organisation.name_key, Organisation.kind)
    question = select(*wanted).where(Organisation.name_key.in_(keys)).order_by(Organisation.id)
    for row in db.session.execute(question.with_for_update(key_share=True) if lock else question) if keys else ():
        places.organisations[row.name_key] = KnownOrganisation(*row)
    ids = [each.id for each in places.organisations.values()]
    columns = (Office.id, Office.organisation_id, Office.name, Office.name_key, Office.kind, Office.country)
    offices = select(*columns).where(
        Office.organisation_id.in_(ids), Office.name_key.in_({x.office_key for x in named})
    )
    for each in db.session.execute(offices) if ids else ():
        found = KnownOffice(each.id, each.organisation_id, each.name, each.name_key, each.kind, each.country or "")
        places.offices[found.organisation_id, found.key] = found
    places.with_offices = set(
        db.session.scalars(select(Office.organisation_id).where(Office.organisation_id.in_(ids)).distinct())
    )
    return places


def load_near(places: Places, said: Iterable[Belonging], kept: Scratch | None) -> None:
    """Read the offices of those organisations at which the batch names one that is not there and is not described."""
    asked = {
        known.id
        for each in said
        if not each.office_kind
        and (known := places.organisations.get(each.organisation_key))
        and (known.id, each.office_key) not in places.offices
    }
    names = select(Office.organisation_id, Office.name_key, Office.name).where(Office.organisation_id.in_(asked))
    for organisation_id, key, name in db.session.execute(names.order_by(Office.name_key)) if asked else ():
        found = places.near.setdefault(organisation_id, {})
        if len(found) < NAMES_COMPARED:
            found[key] = name
    for organisation_id in asked if kept else ():
        made = map(json.loads, kept.under(f"office:{organisation_id}:", NAMES_COMPARED)) if kept else ()
        places.near.setdefault(organisation_id, {}).update({each["key"]: each["name"] for each in made})


def overlay(places: Places, said: Iterable[Belonging], kept: Scratch) -> None:
    """Lay over what was read what a dry run would have made and changed before."""
    for each in said:
        organisation = kept.get(f"organisation:{each.organisation_key}")
        if organisation:
            places.organisations[each.organisation_key] = KnownOrganisation(**json.loads(organisation))
        known = places.organisations.get(each.organisation_key)
        if known is None:
            continue
        office = kept.get(f"office:{known.id}:{each.office_key}")
        if office:
            places.offices[known.id, each.office_key] = KnownOffice(**json.loads(office))
        if office or kept.under(f"office:{known.id}:", 1):
            places.with_offices.add(known.id)


def keep(places: Places, kept: Scratch) -> None:
    """Keep what this batch of a dry run would have made and changed."""
    new = _new(places)
    for organisation in places.organisations.values():
        if organisation.id in new or organisation.id in places.changed:
            kept.put(f"organisation:{organisation.key}", json.dumps(asdict(organisation)))
    for office in places.offices.values():
        if office.id in new or office.id in places.changed:
            kept.put(f"office:{office.organisation_id}:{office.key}", json.dumps(asdict(office)))


def _new(places: Places) -> set[str]:
    return {each.id for each in places.new_organisations} | {each.id for each in places.new_offices}


def write(places: Places, now: datetime, *, by: str) -> None:
    """Write what this batch makes and changes, inside an open `write()`; in the order of the keys, as accounts are. `by`: for the trail.

    Raises `IntegrityError` when another import has just made one of them.
    """
    new_organisations = [places.organisations[each.key] for each in places.new_organisations]
    new_offices = [places.offices[each.organisation_id, each.key] for each in places.new_offices]
    rows: list[dict[str, Any]] = [
        {"id": each.id, "name": each.name, "name_key": each.key, "kind": each.kind, "created_at": now}
        for each in sorted(new_organisations, key=lambda each: each.key)
    ]
    if rows:
        db.session.execute(insert(Organisation), rows)
    rows = [
        {
            "id": each.id, "organisation_id": each.organisation_id, "name": each.name, "name_key": each.key,
            "kind": each.kind, "country": each.country or None, "created_at": now,
        }
        for each in sorted(new_offices, key=lambda each: (each.organisation_id, each.key))
    ]  # fmt: skip
    if rows:
        db.session.execute(insert(Office), rows)
    for organisation in new_organisations:
        audit.record("organisation-added", account_id=None, actor=by, organisation=organisation.id)
    for office in new_offices:
        of = {"organisation": office.organisation_id, "office": office.id}
        audit.record("office-added", account_id=None, actor=by, **of)
    _write_changes(places, _new(places), by)


def in_another_country(places: Places) -> list[str]:
    """The accounts at those offices whose country this batch has changed."""
    moved = [office_id for office_id, fields in places.changed.items() if "country" in fields]
    members = select(Membership.account_id).where(Membership.office_id.in_(moved), Membership.ended_at.is_(None))
    return list(db.session.scalars(members)) if moved else []


def _write_changes(places: Places, new: set[str], by: str) -> None:
    for organisation in places.organisations.values():
        if organisation.id in places.changed.keys() - new:
            rows_changed(update(Organisation).where(Organisation.id == organisation.id).values(kind=organisation.kind))
            of = organisation.id
            audit.record("organisation-changed", account_id=None, actor=by, organisation=of, fields=["kind"])
    for office in places.offices.values():
        if office.id in places.changed.keys() - new:
            values = {"kind": office.kind, "country": office.country or None}
            rows_changed(update(Office).where(Office.id == office.id).values(values))
            fields = sorted(places.changed[office.id])
            audit.record("office-changed", account_id=None, actor=by, office=office.id, fields=fields)
