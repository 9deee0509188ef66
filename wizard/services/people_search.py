"""Finding people for the helpdesk: by help code, user name, names, address and organisation.

What is typed is never logged, kept or counted. What people are found by is one folded text an account (`search_entries`), which
whoever changes an account's names, address or memberships renews in the same transaction (`refresh`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, and_, bindparam, exists, func, or_, select

from wizard.domain import search_marks, search_terms
from wizard.domain.canonical_names import NameRefused, canonical_email, canonical_username
from wizard.domain.help_code import fold_help_code
from wizard.extensions import tools
from wizard.models import (
    Account,
    Membership,
    Office,
    Organisation,
    Outcome,
    Session,
    db,
    search_index,
    search_questions,
)
from wizard.services import desk_scope, memberships, phone_help_codes
from wizard.services.staff import Agent, Scope

A_PAGE = 20
LAST_PAGE = 25
HELP_CODE_LIVES = timedelta(days=7)
_CHUNK = 500
_PAGE_OF_REBUILDING = 5000


@dataclass(frozen=True)
class Found:
    """A person as the list shows one. `places` are pairs of organisation and office."""

    account_id: str
    name: str
    username: str
    email: str
    places: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Page:
    """One page of people. `more`: there is a next page. `is_shared`: the help code is that of others too, whom this agent does not see."""

    rows: tuple[Found, ...] = ()
    more: bool = False
    is_shared: bool = False


def find(agent: Agent, q: str, page: int = 1) -> Page:
    """The people whom this agent sees and whom `q` may mean, `page` counted from 1, A_PAGE on each.

    First whose help code it is, then whose user name or address, then those with words that begin so, then those with it inside.
    A whole address that somebody has means nobody else.
    At most LAST_PAGE pages: whoever needs more asks for less.
    """
    page = max(1, page)
    if page > LAST_PAGE:
        return Page()
    most = page * A_PAGE + 1
    asked = _asked(agent.scope)
    exact = _by_key(asked, q, most)
    callers = _by_help_code(asked, q)
    ids = list(dict.fromkeys(callers + exact))
    words = search_terms.words(q)
    is_whole_address = bool(exact) and "@" in q
    if words and len(ids) < most and not is_whole_address:
        ids += search_questions.ranked(words, desk_scope.marks(agent), most + len(ids))
    ids = list(dict.fromkeys(ids))
    shown = ids[(page - 1) * A_PAGE : page * A_PAGE]
    is_shared = len(callers) == 1 < len(_by_help_code(_asked(Scope()), q))
    return Page(tuple(_found(asked, shown)), len(ids) > page * A_PAGE and page < LAST_PAGE, is_shared)


# The questions: made once for each scope, because making one takes as long as the database takes to answer it


@dataclass(frozen=True)
class _Asked:
    """Statements of which each knows the scope: who is outside is not found, however they were looked for."""

    by_key: Select[str]
    by_computer: Select[str]
    by_phone: Select[str]
    found: Select[*tuple[Any, ...]]


@lru_cache(maxsize=256)
def _asked(scope: Scope) -> _Asked:
    whom = desk_scope.condition(scope)
    return _Asked(
        _of_key(whom), _of_computer(whom), phone_help_codes.accounts_of(_CODE, _SINCE, whom, A_PAGE), _of_ids(whom)
    )


_CODE: ColumnElement[str] = bindparam("code", type_=String)
_SINCE: ColumnElement[datetime] = bindparam("since", type_=Outcome.at.type)
_RECENT = (Outcome.help_code == _CODE, Outcome.at >= _SINCE)
# Most words that could be a code are none: one question for both kinds of browsers.
_IS_A_CODE = select(or_(exists().where(*_RECENT), phone_help_codes.was_shown(_CODE, _SINCE)))


def _of_key(whom: ColumnElement[bool]) -> Select[str]:
    is_key = or_(Account.username_key == bindparam("username"), Account.email_key == bindparam("email"))
    return select(Account.id).where(is_key, whom).order_by(Account.created_at, Account.id).limit(bindparam("most"))


def _of_computer(whom: ColumnElement[bool]) -> Select[str]:
    """Accounts for which something was done in browsers with this help code, the last one first."""
    account_id = func.coalesce(Outcome.account_id, Session.account_id)
    rows = (
        select(Account.id)
        .select_from(Outcome)
        .outerjoin(Session, Session.id == Outcome.session_id)
        .join(Account, Account.id == account_id)
        .where(*_RECENT, whom)
    )
    return rows.group_by(Account.id).order_by(func.max(Outcome.id).desc()).limit(A_PAGE)


def _of_ids(whom: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    said = (Account.display_name, Account.given_name, Account.family_name, Account.username, Account.email)
    rows = (
        select(Account.id, *said, Organisation.name.label("organisation"), Office.name.label("office"))
        .outerjoin(Membership, and_(Membership.account_id == Account.id, memberships.is_living()))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .outerjoin(Office, Office.id == Membership.office_id)
        .where(Account.id.in_(bindparam("ids", expanding=True)), whom)
    )
    return rows.order_by(Organisation.name_key, Membership.id)


# Asking them


def _by_key(asked: _Asked, q: str, most: int) -> list[str]:
    """Accounts with this user name or this address."""
    keys = {"username": _canonical(canonical_username, q), "email": _canonical(canonical_email, q)}
    if not any(keys.values()):
        return []
    return list(db.session.scalars(asked.by_key, keys | {"most": most}))


def _canonical(canonical: Callable[[str], str], q: str) -> str | None:
    try:
        return canonical(q.strip())
    except NameRefused:
        return None


def _by_help_code(asked: _Asked, q: str) -> list[str]:
    """Accounts of the browsers with this help code, on computers and phones. Two browsers may share one."""
    code = fold_help_code(q)
    if code is None:
        return []
    shown = {"code": code, "since": tools().clock.now() - HELP_CODE_LIVES}
    if not db.session.scalar(_IS_A_CODE, shown):
        return []
    callers = [*db.session.scalars(asked.by_computer, shown), *db.session.scalars(asked.by_phone, shown)]
    return list(dict.fromkeys(callers))


def _found(asked: _Asked, ids: Sequence[str]) -> Iterator[Found]:
    """These people in this order, as the list shows them."""
    if not ids:
        return
    people: dict[str, list[Any]] = {}
    for row in db.session.execute(asked.found, {"ids": ids}):
        people.setdefault(row.id, []).append(row)
    for each in ids:
        if mine := people.get(each):
            row = mine[0]
            name = row.display_name or " ".join(part for part in (row.given_name, row.family_name) if part)
            places = tuple((one.organisation, one.office) for one in mine if one.organisation)
            yield Found(each, name, row.username or "", row.email, places)


# Keeping the texts


def refresh(account_ids: Iterable[str]) -> None:
    """Renew the texts of these accounts, inside an open `write()`, after what was changed; two questions for 500 accounts."""
    db.session.flush()
    for chunk in _chunks(sorted(set(account_ids))):
        _renew(db.session.connection(), chunk)


def rebuild(connection: Connection, on_count: Callable[[int], None] | None = None) -> int:
    """Write the texts of all accounts and make the index anew, in the open transaction of `connection`; returns how many there are.

    `on_count` is told after each page how many are done. The index is made last, at once: that is much faster than row by row.
    """
    search_index.drop(connection)
    done, last = 0, ""
    while ids := connection.scalars(
        select(Account.id).where(Account.id > last).order_by(Account.id).limit(_PAGE_OF_REBUILDING)
    ).all():
        for chunk in _chunks(ids):
            _renew(connection, chunk)
        done, last = done + len(ids), ids[-1]
        if on_count:
            on_count(done)
    search_index.create(connection)
    search_index.learn(connection)
    return done


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + _CHUNK] for at in range(0, len(ids), _CHUNK))


def _renew(connection: Connection, ids: Sequence[str]) -> None:
    """Columns by name, never whole rows: a migration calls this before later columns are there.

    The accounts are locked in order: of two who change one person at once, the second writes a text that knows both changes.
    """
    said = (Account.username, Account.display_name, Account.given_name, Account.family_name, Account.email)
    rows = select(Account.id, Account.language, *said).where(Account.id.in_(ids)).order_by(Account.id)
    texts: dict[str, list[str | None]] = {}
    marks: dict[str, list[str]] = {}
    for account_id, language, *names in connection.execute(rows.with_for_update(key_share=True)):
        texts[account_id], marks[account_id] = names, [search_marks.of_language(language)]
    places = (
        select(Membership.account_id, Membership.accepted_at, Organisation.id, Organisation.name, Office.country)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(Office, Office.id == Membership.office_id)
        .where(Membership.account_id.in_(ids), Membership.ended_at.is_(None))
        .order_by(Membership.account_id, Organisation.name_key)
    )
    for account_id, accepted_at, organisation_id, name, country in connection.execute(places):
        texts[account_id].append(name)
        if accepted_at is not None:
            marks[account_id].append(search_marks.of_organisation(organisation_id))
            if country:
                marks[account_id].append(search_marks.of_country(country))
                marks[account_id].append(search_marks.of_place(organisation_id, country))
    stored = {key: (search_terms.stored_text(texts[key]), search_marks.stored_marks(marks[key])) for key in texts}
    search_index.put(connection, stored)
