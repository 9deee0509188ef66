"""What an act would do now, before anybody does it: the dry run that its page shows and that its post asks again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from flask_babel.speaklater import LazyString

from wizard.models import Account, DeskAct
from wizard.services import desk_act_endings
from wizard.services.desk_act_endings import Doing, Found
from wizard.services.desk_act_words import Notice
from wizard.services.desk_subject import Subject

PASSING = frozenset(
    {"sessions", "approvals", "phone-links", "pending", "mailed-codes", "address-proofs", "waiting-acts"}
)
"""Kinds that come and go while an agent reads: a dry run with others of them is still the same."""


class NotPossible(Exception):
    """The act has nothing to do here, or may not be done; `words` say why and what can be done."""

    def __init__(self, words: LazyString) -> None:
        super().__init__(str(type(self)))
        self.words = words


@dataclass(frozen=True)
class Plan:
    """What an act would do: `ends` what it ends, `says` what it does besides, `step` the one it resets.

    `notice` is the mail to the person, None where the act sends one of its own. `takes_last_way`: no way to confirm is left after it.
    """

    ends: Found
    says: tuple[LazyString, ...] = ()
    step: str | None = None
    notice: Notice | None = None
    takes_last_way: bool = False

    @property
    def sentences(self) -> list[LazyString]:
        return [*self.says, *desk_act_endings.words(self.ends)]

    @property
    def can_be_undone(self) -> bool:
        """Whether anything of what ends can come back."""
        return any(desk_act_endings.can_be_revived(kind) for kind in self.ends)

    @property
    def seen(self) -> str:
        """Names what the agent was shown, so that a post does nothing else."""
        lasting = {kind: sorted(ids) for kind, ids in self.ends.items() if kind not in PASSING}
        return hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Work:
    """How one act is planned and done. `plan` reads only and raises `NotPossible`; `do` runs with the person's row locked.

    `waits`: a second agent's approval does not do it yet: the time or the agent who asked must come first.
    """

    plan: Callable[[Subject, str], Plan]
    do: Callable[[Account, Plan, Doing, DeskAct], None]
    waits: bool = False


def end_all(account: Account, plan: Plan, doing: Doing, _row: DeskAct) -> None:
    """The act that ends what it has named, and nothing more."""
    desk_act_endings.end(account, plan.ends, doing)
