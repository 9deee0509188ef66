"""What an act can end: one entry a kind, which finds the rows, ends them and, where that is possible, revives exactly them.

The dry run that an agent is shown and the act itself ask the same `find`, so an act ends what its page has named and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import ColumnElement, Select, and_, literal, select, union_all, update
from sqlalchemy.orm import InstrumentedAttribute

from wizard.domain import assurance
from wizard.extensions import tools
from wizard.models import (
    Account,
    ApprovalRequest,
    Authenticator,
    DeskAct,
    Issue,
    MailedCode,
    PhoneLink,
    Proof,
    RecoveryCodeSet,
    Session,
    TemporaryPass,
    db,
)
from wizard.models.database import rows_changed
from wizard.services import addresses, audit, enrolment, issues, passwords, recovery_codes, temporary_passes
from wizard.services.visits import revoke

Found = Mapping[str, list[str]]
"""What was found, by kind: ids of rows, or the moment (ISO 8601) that a column of the account holds."""


@dataclass(frozen=True)
class Doing:
    """Who ends it, when, and why ("reset", "lost", …). `undoable`: what an undo needs is kept until its time is over."""

    by: str
    now: datetime
    reason: str
    undoable: bool = False


@dataclass(frozen=True)
class Ending:
    """One kind of thing that ends.

    `words` names it in the dry run. `find` asks for the ids of rows, or gives what the account's own row tells. `revive` takes back what
    was ended at a moment and for a reason, by conditional updates; False when it is not as the act left it. None: it never comes back
    (sessions, and what was mailed).
    """

    words: Callable[[list[str]], LazyString]
    find: Callable[[Account], Select[str] | list[str]]
    end: Callable[[Account, list[str], Doing], object]
    revive: Callable[[Account, list[str], Doing], bool] | None = None


def found(account: Account, kinds: tuple[str, ...]) -> dict[str, list[str]]:
    """What there is of these kinds, in their order. Reads only, and asks one question for all of them."""
    looked = {kind: ENDINGS[kind].find(account) for kind in kinds}
    ids: dict[str, list[str]] = {kind: [] if isinstance(asked, Select) else asked for kind, asked in looked.items()}
    questions = [
        asked.add_columns(literal(kind)).order_by(None) for kind, asked in looked.items() if isinstance(asked, Select)
    ]
    for row_id, kind in db.session.execute(union_all(*questions)) if questions else ():
        ids[kind].append(row_id)
    return {kind: sorted(each) for kind, each in ids.items() if each}


def end(account: Account, what: Found, doing: Doing) -> None:
    """End what was found, in the open transaction."""
    for kind, ids in what.items():
        ENDINGS[kind].end(account, ids, doing)
    db.session.flush()


def can_be_revived(kind: str) -> bool:
    return ENDINGS[kind].revive is not None


def words(what: Found) -> list[LazyString]:
    """One sentence for each kind."""
    return [ENDINGS[kind].words(ids) for kind, ids in what.items()]


def ways_of(ids: list[str]) -> list[Authenticator]:
    """These authenticators, ended or not, the oldest first."""
    found = select(Authenticator).where(Authenticator.id.in_(ids))
    return list(db.session.scalars(found.order_by(Authenticator.created_at)))


def labels_of(ids: list[str]) -> str:
    """The labels of authenticators, as the person knows them."""
    return ", ".join(row.label for row in ways_of(ids))


def _ids(model: type, *conditions: ColumnElement[bool]) -> Select[str]:
    return select(model.id).where(*conditions)  # type: ignore[attr-defined]


def _stay(sentence: LazyString) -> Callable[[list[str]], LazyString]:
    return lambda _ids: sentence


# Own password


def _end_password(account: Account, _ids: list[str], doing: Doing) -> None:
    passwords.end_own_password(account, doing.reason, doing.by, doing.now)


def _revive_password(account: Account, _ids: list[str], doing: Doing) -> bool:
    """Only the password that this act ended, and while no other was set."""
    as_left = and_(
        Account.id == account.id,
        Account.password_hash.is_(None),
        Account.password_ended_at == doing.now,
        Account.former_password_hash.is_not(None),
    )
    values = {"password_hash": Account.former_password_hash, "password_ended_at": None}
    return rows_changed(update(Account).where(as_left).values(values)) == 1


# Ways to confirm


def _proven(account: Account) -> Select[str]:
    return _ids(
        Authenticator,
        Authenticator.account_id == account.id,
        Authenticator.ended_at.is_(None),
        Authenticator.proven_at.is_not(None),
    )


def _pending(account: Account) -> Select[str]:
    return _ids(
        Authenticator,
        Authenticator.account_id == account.id,
        Authenticator.ended_at.is_(None),
        Authenticator.proven_at.is_(None),
    )


def _end_authenticators(account: Account, ids: list[str], doing: Doing) -> None:
    rows = [row for found_id in ids if (row := db.session.get(Authenticator, found_id)) is not None]
    secrets = {row.id: row.secret for row in rows}
    enrolment.end(account, rows, doing.reason, doing.by, doing.now)
    for row in rows if doing.undoable else ():
        row.secret = secrets[row.id]  # encrypted as before, wiped when the time for undoing is over


def _revive_authenticators(account: Account, ids: list[str], doing: Doing) -> bool:
    """The very rows, with their keys; what was begun to be bound meanwhile is dropped."""
    as_left = update(Authenticator).where(
        Authenticator.id.in_(ids),
        Authenticator.account_id == account.id,
        Authenticator.ended_at == doing.now,
        Authenticator.ended_reason == doing.reason,
        (Authenticator.kind != enrolment.CODE_APP) | Authenticator.secret.is_not(None),
    )
    if rows_changed(as_left.values(ended_at=None, ended_reason=None)) != len(ids):
        return False
    begun = update(Authenticator).where(Authenticator.id.in_(list(db.session.scalars(_pending(account)))))
    rows_changed(begun.values(ended_at=tools().clock.now(), ended_reason="overtaken", secret=None))
    return True


# Moments of the account's row


def _moment(
    column: InstrumentedAttribute[datetime | None],
) -> tuple[Callable[[Account], list[str]], Callable[[Account, list[str], Doing], object]]:
    def find(account: Account) -> list[str]:
        at: datetime | None = getattr(account, column.key)
        return [at.isoformat()] if at is not None else []

    def clear(account: Account, _ids: list[str], _doing: Doing) -> None:
        setattr(account, column.key, None)

    return find, clear


def _revive_moment(column: InstrumentedAttribute[datetime | None]) -> Callable[[Account, list[str], Doing], bool]:
    def revive(account: Account, ids: list[str], _doing: Doing) -> bool:
        still = update(Account).where(Account.id == account.id, column.is_(None))
        return rows_changed(still.values({column: datetime.fromisoformat(ids[0])})) == 1

    return revive


def _of_account(column: InstrumentedAttribute[datetime | None], sentence: LazyString) -> Ending:
    find, clear = _moment(column)
    return Ending(_stay(sentence), find, clear, _revive_moment(column))


# Recovery codes


def _kept_sets(account: Account) -> Select[str]:
    return _ids(
        RecoveryCodeSet,
        RecoveryCodeSet.account_id == account.id,
        RecoveryCodeSet.ended_at.is_(None),
        RecoveryCodeSet.kept_at.is_not(None),
    )


def _revive_sets(account: Account, ids: list[str], doing: Doing) -> bool:
    if db.session.scalar(_kept_sets(account)) is not None:
        return False  # the person has made new ones
    as_left = update(RecoveryCodeSet).where(
        RecoveryCodeSet.id.in_(ids), RecoveryCodeSet.ended_at == doing.now, RecoveryCodeSet.ended_reason == doing.reason
    )
    return rows_changed(as_left.values(ended_at=None, ended_reason=None)) == len(ids)


# What was mailed, and what is open now: never revived


def _end_sessions(account: Account, ids: list[str], doing: Doing) -> None:
    count = revoke(ids, doing.reason, doing.now)
    if count:
        audit.record("sessions-ended", account_id=account.id, actor=doing.by, count=count, reason=doing.reason)


def _living_sessions(account: Account) -> Select[str]:
    return _ids(Session, Session.account_id == account.id, Session.revoked_at.is_(None))


def _address_proofs(account: Account) -> Select[str]:
    return _ids(Proof, Proof.account_id == account.id, Proof.kind == assurance.ADDRESS, Proof.ended_at.is_(None))


def _end_rows(model: type, **values: object) -> Callable[[Account, list[str], Doing], object]:
    def act(_account: Account, ids: list[str], doing: Doing) -> None:
        still = update(model).where(model.id.in_(ids), model.ended_at.is_(None))  # type: ignore[attr-defined]
        rows_changed(still.values(ended_at=doing.now, **values))

    return act


def _end_waiting_acts(_account: Account, ids: list[str], doing: Doing) -> None:
    waiting = update(DeskAct).where(DeskAct.id.in_(ids), DeskAct.state == "waiting")
    rows_changed(waiting.values(state="undone", undone_at=doing.now, undo_until=None))


def _open_passes(account: Account) -> Select[str]:
    return _ids(
        TemporaryPass,
        TemporaryPass.account_id == account.id,
        TemporaryPass.used_at.is_(None),
        TemporaryPass.ended_at.is_(None),
    )


ENDINGS: dict[str, Ending] = {
    "own-password": Ending(
        _stay(_l("The password ends. The person chooses a new one.")),
        lambda account: [account.id] if account.password_hash is not None else [],
        _end_password,
        _revive_password,
    ),
    "authenticators": Ending(
        lambda ids: _l("These ways to confirm end: %(names)s.", names=labels_of(ids)),
        _proven,
        _end_authenticators,
        _revive_authenticators,
    ),
    "pending": Ending(
        _stay(_l("The way to confirm that was begun and not proven is dropped.")),
        _pending,
        _end_rows(Authenticator, ended_reason="reset", secret=None),
    ),
    "recovery-codes": Ending(
        _stay(_l("The recovery codes end.")),
        _kept_sets,
        lambda account, _ids, doing: recovery_codes.end(account, doing.reason, doing.now),
        _revive_sets,
    ),
    "factor-since": _of_account(Account.factor_since, _l("The second step is set up as if for the first time.")),
    "second-step": _of_account(Account.factor_since, _l("No second step is asked for any more.")),
    "factor-skipped": _of_account(Account.factor_skipped_at, _l("A second step is offered again.")),
    "codes-skipped": _of_account(Account.codes_skipped_at, _l("Recovery codes are offered again.")),
    "details": _of_account(
        Account.details_confirmed_at, _l("The person is asked to check their name and their other details once more.")
    ),
    "issue": Ending(
        _stay(_l("The temporary password and the button of the invitation end.")),
        lambda account: _ids(Issue, Issue.account_id == account.id, Issue.ended_at.is_(None)),
        lambda account, _ids, doing: issues.end_open(account.id, doing.reason),
    ),
    "mailed-codes": Ending(
        _stay(_l("The codes and buttons that were mailed end.")),
        lambda account: _ids(
            MailedCode,
            MailedCode.account_id == account.id,
            MailedCode.used_at.is_(None),
            MailedCode.ended_at.is_(None),
        ),
        lambda account, _ids, doing: addresses.end_codes(account, doing.reason, doing.now),
    ),
    "address-proofs": Ending(
        _stay(_l("The person is asked to prove their email address once more.")),
        _address_proofs,
        _end_rows(Proof),
    ),
    "sessions": Ending(
        lambda ids: _l(
            "The person is signed out. Browsers that are signed in or on the way: %(count)s.", count=len(ids)
        ),
        _living_sessions,
        _end_sessions,
    ),
    "approvals": Ending(
        _stay(_l("What waits on the phone to be confirmed ends.")),
        lambda account: _ids(
            ApprovalRequest, ApprovalRequest.account_id == account.id, ApprovalRequest.ended_at.is_(None)
        ),
        _end_rows(ApprovalRequest, ended_reason="abuse", shown=None),
    ),
    "phone-links": Ending(
        _stay(_l("QR codes that wait for a phone end.")),
        lambda account: _ids(
            PhoneLink,
            PhoneLink.account_id == account.id,
            PhoneLink.claimed_at.is_(None),
            PhoneLink.ended_at.is_(None),
        ),
        _end_rows(PhoneLink, ended_reason="abuse", shown=None),
    ),
    "waiting-acts": Ending(
        _stay(_l("Acts that wait for a second agent or for their time are taken back.")),
        lambda account: _ids(DeskAct, DeskAct.account_id == account.id, DeskAct.state == "waiting"),
        _end_waiting_acts,
    ),
    "allowed-passes": Ending(
        _stay(_l("The temporary pass that was approved and has not been shown is withdrawn.")),
        lambda account: _ids(
            DeskAct,
            DeskAct.account_id == account.id,
            DeskAct.act == "temporary-pass",
            DeskAct.state == "waiting",
            DeskAct.approved_at.is_not(None),
        ),
        _end_waiting_acts,
    ),
    "passes": Ending(
        _stay(_l("The temporary pass ends.")),
        _open_passes,
        lambda account, _ids, doing: temporary_passes.end(account.id, doing.reason),
    ),
    "open": Ending(
        _stay(_l("The account is closed: nobody signs in to it.")),
        lambda account: [account.id] if account.disabled_at is None else [],
        lambda account, _ids, doing: setattr(account, "disabled_at", doing.now),
        lambda account, _ids, doing: (
            rows_changed(
                update(Account)
                .where(Account.id == account.id, Account.disabled_at == doing.now)
                .values(disabled_at=None)
            )
            == 1
        ),
    ),
}
