"""The profile of each office: what is answered, what is missing before it can apply, and who can answer (S-03, S-04).

Which offices an account reaches is asked of `memberships` in each query; what is out of reach is not found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, tuple_

from wizard.domain import profile_answers
from wizard.domain.organisation_rights import HEADQUARTERS, RIGHTS, Right, may
from wizard.domain.profile import Profile, Section
from wizard.domain.profile_answers import Answer
from wizard.domain.profile_file import profile_at
from wizard.extensions import tools
from wizard.models import Account, Membership, Office, Organisation, ProfileAnswer, db
from wizard.services import audit, memberships

SEE: Right = "see-profile"
ANSWER: Right = "answer-profile"
PAGE = 500  # offices in one query


@dataclass(frozen=True)
class OfficeFacts:
    """An office with its organisation, as pages and standings need it."""

    id: str
    name: str
    kind: str
    country: str | None
    organisation_id: str
    organisation: str
    organisation_kind: str

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections of the profile that this office is asked."""
        return profile().asked(self.kind, self.organisation_kind)

    def section(self, section_id: str) -> Section | None:
        return profile().section(section_id, self.kind, self.organisation_kind)


@dataclass(frozen=True)
class Standing:
    """Where an office stands: `open` are its unanswered mandatory questions, as section and question, in the profile's order."""

    office: OfficeFacts
    open: tuple[tuple[str, str], ...]

    @property
    def missing(self) -> int:
        return len(self.open)

    @property
    def complete(self) -> bool:
        return not self.open

    @property
    def first_open(self) -> tuple[str, str] | None:
        """Section and question of the first open mandatory one: the parts of its address."""
        return self.open[0] if self.open else None

    def missing_in(self, section_id: str) -> int:
        return sum(section == section_id for section, _question in self.open)


@dataclass(frozen=True)
class Clash:
    """An answer that somebody changed after the page was drawn. `value` is what it is now, `by` the name of who gave it."""

    question: str
    value: Any
    by: str


class AnsweredMeanwhile(Exception):
    """Nothing was saved: what is to be replaced is not what the page has shown."""

    def __init__(self, clashes: list[Clash]) -> None:
        self.clashes = clashes
        super().__init__()


def profile() -> Profile:
    """The installation's profile."""
    return profile_at(tools().settings.profile_file)


def this_year() -> int:
    return tools().clock.now().year


def offices_of(account_id: str, right: Right) -> list[OfficeFacts]:
    """Every office at which the account has `right`: by organisation, headquarters first."""
    within = Office.id.in_(memberships.offices_within_reach(account_id, right))
    found = [_facts(*row) for row in db.session.execute(_offices().where(within))]
    return sorted(
        found, key=lambda each: (each.organisation.casefold(), each.kind != HEADQUARTERS, each.name.casefold())
    )


def office_of(account_id: str, office_id: str, right: Right) -> OfficeFacts | None:
    """One office, when the account has `right` there; None: it has not, or there is no such office."""
    within = Office.id.in_(memberships.offices_within_reach(account_id, right))
    row = db.session.execute(_offices().where(Office.id == office_id, within)).first()
    return _facts(*row) if row else None


def standing(office_id: str) -> Standing:
    """Where one office stands. Raises LookupError when there is no such office."""
    found = standings([office_id])
    if office_id not in found:
        raise LookupError(office_id)
    return found[office_id]


def standings(office_ids: Collection[str]) -> dict[str, Standing]:
    """Where these offices stand, by their ids; one query for each few hundred of them."""
    questions = profile().questions.values()
    mandatory = [question.id for question in questions if question.mandatory]
    found: dict[str, Standing] = {}
    wanted = sorted(office_ids)
    for ids in (wanted[start : start + PAGE] for start in range(0, len(wanted), PAGE)):
        rows = db.session.execute(
            select(Office, Organisation, ProfileAnswer.question, ProfileAnswer.value)
            .join(Organisation, Organisation.id == Office.organisation_id)
            .outerjoin(ProfileAnswer, (ProfileAnswer.office_id == Office.id) & ProfileAnswer.question.in_(mandatory))
            .where(Office.id.in_(ids))
        )
        facts: dict[str, OfficeFacts] = {}
        values: dict[str, dict[str, Any]] = {}
        for office, organisation, question, value in rows:
            facts.setdefault(office.id, _facts(office, organisation))
            values.setdefault(office.id, {})[question] = value
        found |= {office_id: Standing(each, tuple(_open(each, values[office_id]))) for office_id, each in facts.items()}
    return found


def everywhere() -> Iterator[tuple[Standing, int]]:
    """Every office by organisation and name, with its number of members; read page by page, because there may be tens of thousands."""
    names = (Organisation.name_key, Office.name_key, Office.id)
    after: Any = None
    while True:
        page = select(*names).join(Organisation, Organisation.id == Office.organisation_id).order_by(*names).limit(PAGE)
        rows = db.session.execute(page.where(tuple_(*names) > tuple_(*after)) if after else page).all()
        if not rows:
            return
        after = rows[-1]
        ids = [row[-1] for row in rows]
        found, members = standings(ids), _members(ids)
        yield from ((found[office_id], members.get(office_id, 0)) for office_id in ids)


def _members(office_ids: list[str]) -> dict[str, int]:
    living = (
        select(Membership.office_id, func.count())
        .where(Membership.office_id.in_(office_ids), memberships.is_living())
        .group_by(Membership.office_id)
    )
    return {row[0]: row[1] for row in db.session.execute(living)}


def _open(office: OfficeFacts, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for section in office.sections:
        for question in section.questions:
            if question.mandatory and not profile_answers.fits(question, values.get(question.id)):
                yield section.id, question.id


def _offices() -> Any:
    return select(Office, Organisation).join(Organisation, Organisation.id == Office.organisation_id)


def _facts(office: Office, organisation: Organisation) -> OfficeFacts:
    return OfficeFacts(
        office.id, office.name, office.kind, office.country, organisation.id, organisation.name, organisation.kind
    )


def answers(office_id: str, section: Section) -> dict[str, Any]:
    """What the office has answered to this section's questions: question id to value. What does not fit any more is left out."""
    asked = {question.id: question for question in section.questions}
    rows = db.session.execute(
        select(ProfileAnswer.question, ProfileAnswer.value).where(
            ProfileAnswer.office_id == office_id, ProfileAnswer.question.in_(asked)
        )
    )
    return {question: value for question, value in rows if profile_answers.fits(asked[question], value)}


def save(
    office_id: str, account_id: str, section: Section, given: Mapping[str, Answer | None], shown: Mapping[str, str]
) -> list[str]:
    """Save answers, inside an open `write()`, and return the ids of the questions whose answer changed.

    `given` holds the answers to questions of `section` (None takes one back), `shown` the print of what the page had drawn. What the
    person has not touched stays as it is now, whoever changed it meanwhile. Raises `AnsweredMeanwhile` when somebody else has changed
    what the person changed too.
    """
    db.session.scalar(select(Office.id).where(Office.id == office_id).with_for_update())  # one after the other
    rows = db.session.scalars(
        select(ProfileAnswer).where(ProfileAnswer.office_id == office_id, ProfileAnswer.question.in_(given))
    )
    kept = {row.question: row for row in rows}
    changed: list[str] = []
    clashes: list[Clash] = []
    for question in (each for each in section.questions if each.id in given):
        row, value = kept.get(question.id), given[question.id]
        now = row.value if row and profile_answers.fits(question, row.value) else None
        if value == now or profile_answers.print_of(value) == shown[question.id]:
            continue
        if profile_answers.print_of(now) != shown[question.id]:
            clashes.append(Clash(question.id, now, _name(row.answered_by if row else None)))
        changed.append(question.id)
    if clashes:
        raise AnsweredMeanwhile(clashes)
    for name in changed:
        put(office_id, name, given[name], by=account_id, row=kept.get(name))
    if changed:
        audit.record("profile-answered", account_id=account_id, actor="person", office=office_id, questions=changed)
    return changed


def put(office_id: str, question: str, value: Answer | None, *, by: str | None, row: ProfileAnswer | None) -> None:
    """Write one answer over `row`, or a new one, inside an open `write()`. `by`: an account's id; None: imported."""
    if value is None:
        mine = (ProfileAnswer.office_id == office_id, ProfileAnswer.question == question)
        db.session.execute(delete(ProfileAnswer).where(*mine))
        return
    if row is None:
        row = ProfileAnswer(office_id=office_id, question=question)
        db.session.add(row)
    row.value, row.answered_at, row.answered_by = value, tools().clock.now(), by


def who_can_answer(office: OfficeFacts) -> list[str]:
    """Names of the administrators and editors who can answer for this office, without any address; "" for who has no name yet."""
    rows = db.session.scalars(
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .join(Office, Office.id == Membership.office_id)
        .where(Membership.organisation_id == office.organisation_id, memberships.is_living())
        .where(Membership.role.in_(RIGHTS[ANSWER]), Account.disabled_at.is_(None))
        .where((Office.id == office.id) | (Office.kind == HEADQUARTERS))
    )
    return sorted({_shown(account) for account in rows}, key=lambda name: (not name, name.casefold()))


def _name(account_id: str | None) -> str:
    account = db.session.get(Account, account_id) if account_id else None
    return _shown(account) if account else ""


def _shown(account: Account) -> str:
    """A user name may be an address, which colleagues are not shown here."""
    return "" if "@" in account.name else account.name


def claims(account_id: str) -> list[dict[str, Any]]:
    """What the portal is told of each membership: organisation, office, role, how far it reaches, and whether it may apply.

    `scope` is "organisation" for members of the headquarters, who see all its offices, else "office" (S-38, S-39). `may_apply` is
    true when the own office has answered everything mandatory and the role changes anything at all.
    """
    places = memberships.places_of(account_id)
    found = standings({place.office_id for place in places})
    return [
        {
            "organisation": {"id": place.organisation_id, "name": place.organisation},
            "office": {
                "id": place.office_id,
                "name": place.office,
                "kind": place.office_kind,
                "country": place.country,
            },
            "role": place.role,
            "scope": "organisation" if place.all_offices else "office",
            "profile_complete": found[place.office_id].complete,
            "may_apply": found[place.office_id].complete and may(place.role, ANSWER),
            "missing": found[place.office_id].missing,
        }
        for place in places
    ]
