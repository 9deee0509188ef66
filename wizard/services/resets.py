"""Resetting exactly one step of one person: an agent's act.

Position is derived from facts, so ending the fact that a step stands on is the whole reset. Every reset names its step; there is
no "reset everything". What a reset would end is looked up first (`plan`), and exactly that ends (`carry_out`): the helpdesk shows the
one before it presses the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wizard.domain import assurance
from wizard.extensions import tools
from wizard.models import Account, db, write
from wizard.services import audit, desk_act_endings, mails
from wizard.services.desk_act_endings import Doing, Found
from wizard.services.desk_subject import Subject
from wizard.services.facts import account_facts
from wizard.services.visits import lock_account

WAY = "way-"
"""Before the id of an authenticator: the reset of this one alone."""
ONE_WAY = "one-way"
REASON = "reset"


class UnknownStep(Exception):
    """No step of this name can be reset; `known` lists those that can."""

    def __init__(self, known: list[str]) -> None:
        self.known = known
        super().__init__("Steps that can be reset: " + ", ".join(known))


class NothingToReset(Exception):
    """The step is not done for this account, so there is nothing to end."""


@dataclass(frozen=True)
class Reset:
    """What was ended, in a stable word, and the journey that the person now owes (None: none)."""

    ended: str
    owes: str | None


@dataclass(frozen=True)
class Plan:
    """What the reset of `step` ends, by kind; `word` names it for programs."""

    step: str
    word: str
    ends: Found

    @property
    def ends_password(self) -> bool:
        return "own-password" in self.ends


def reset(account_id: str, step: str, by: str) -> Reset:
    """End the fact that `step` (a slug such as "change-password") stands on, in a transaction of its own, for good.

    `by` names who did it, for the trail. Raises `UnknownStep`, `NothingToReset`.
    """
    slug = step.replace("_", "-")
    if slug not in RESETS:
        raise UnknownStep(sorted(RESETS))
    with write():
        account = lock_account(account_id)
        if account is None:
            raise NothingToReset
        planned = plan(Subject(account), slug)
        carry_out(account, planned, Doing(by, tools().clock.now(), REASON))
        return Reset(planned.word, assurance.owed(account_facts(account), tools().settings.second_factor))


def plan(subject: Subject, step: str) -> Plan:
    """What the reset of `step` would end now: a slug of `RESETS`, or `WAY` and an authenticator's id. Reads only.

    Raises `UnknownStep`, `NothingToReset`.
    """
    if step.startswith(WAY):
        return _one_way(subject, step)
    ending = RESETS.get(step)
    if ending is None:
        raise UnknownStep(sorted(RESETS))
    word, core, also = ending(subject.account)
    if not subject.ends(*core):
        raise NothingToReset
    return Plan(step, word, subject.ends(*core, *also))


def carry_out(account: Account, planned: Plan, doing: Doing) -> None:
    """End what the plan names, in the open transaction, with the account's row locked."""
    desk_act_endings.end(account, planned.ends, doing)
    if planned.ends_password:
        mails.password_ended(account, by="agent")
    audit.record("step-reset", account_id=account.id, actor=doing.by, step=planned.step)
    db.session.flush()


Ends = tuple[str, tuple[str, ...], tuple[str, ...]]
"""The word, the kinds of which there must be one, and the kinds that end with them."""


def never_had_password(account: Account) -> bool:
    return account.password_hash is None and account.password_ended_at is None


def _password(account: Account) -> Ends:
    """An own password is ended (forgotten-password is then owed). Before the first one the account is made as new."""
    if not never_had_password(account):
        return "own-password", ("own-password",), ("sessions",)
    core = ("issue", "authenticators", "factor-since", "sessions")
    return account.journey, core, ("pending", "factor-skipped", "recovery-codes", "codes-skipped")


def _authenticators(account: Account) -> Ends:
    """The second step is ended. With an own password replace-phone is then owed; before it the second step is set up as new."""
    as_new = ("factor-since",) if never_had_password(account) else ()
    return "second-step", ("authenticators", "pending", "factor-skipped"), (*as_new, "sessions")


def _issue(_account: Account) -> Ends:
    """The temporary password and the button are ended; a new invitation is sent by the helpdesk or `perron invitations send`."""
    return "issue", ("issue",), ("sessions",)


def _address(_account: Account) -> Ends:
    """Open mailed codes and proven addresses end."""
    return "address", ("mailed-codes", "address-proofs"), ()


def _codes(_account: Account) -> Ends:
    """The recovery codes end; they are offered again."""
    return "recovery-codes", ("recovery-codes", "codes-skipped"), ()


def _details(_account: Account) -> Ends:
    """The details are checked once more; who is signed in is asked on the next page."""
    return "details", ("details",), ()


def _one_way(subject: Subject, step: str) -> Plan:
    """One phone or code app alone. The last one takes with it what the reset of the whole second step takes."""
    proven = subject.ways
    wanted = step.removeprefix(WAY)
    if wanted not in {row.id for row in proven}:
        raise NothingToReset
    if len(proven) == 1:
        whole = plan(subject, "choose-authenticator")
        return Plan(step, whole.word, whole.ends)
    return Plan(step, ONE_WAY, {"authenticators": [wanted], **subject.ends("sessions")})


def step_of(step: str) -> str:
    """The key of `desk_words.STEP_WORDS` for what a reset has named: one way to confirm has no word of its own."""
    return ONE_WAY if step.startswith(WAY) else step


def ends_last_way(subject: Subject, ends: Found) -> bool:
    """Whether this would leave the account without any way to confirm, although it has one."""
    left = {row.id for row in subject.ways}
    return bool(left) and left <= set(ends.get("authenticators", ()))


RESETS: Mapping[str, Callable[[Account], Ends]] = {
    "enter-password": _issue,
    "check-details": _details,
    "create-password": _password,
    "verify-email": _address,
    "choose-authenticator": _authenticators,
    "enter-code": _authenticators,
    "change-password": _password,
    "keep-recovery-codes": _codes,
}
