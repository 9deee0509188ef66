"""What an agent of the helpdesk may do: rights, and what each act asks for (SEC-56)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

DeskRight = Literal["view", "assist", "reset", "approve", "supervise"]
RIGHTS: tuple[DeskRight, ...] = get_args(DeskRight)
"""From the least to the most. An agent's role is the name of a right and has those before it as well."""

ActName = Literal[
    "resend", "new-code", "unlock", "send-guide", "end-sessions", "report-abuse", "reset-step", "disable", "enable",
    "change-address", "temporary-pass", "withdraw-pass", "switch-off-second-step",
]  # fmt: skip


@dataclass(frozen=True)
class Act:
    """One thing that an agent can do to an account.

    `right` is what the agent needs; `checks_caller`: how the caller's identity was checked must be said; `second_pair`: besides it, a
    call back to the stored number or a second agent's approval; `can_be_undone` within the time that is set for it.
    """

    name: ActName
    right: DeskRight
    checks_caller: bool = True
    second_pair: bool = False
    can_be_undone: bool = False


ACTS: dict[ActName, Act] = {
    act.name: act
    for act in (
        Act("resend", "assist", checks_caller=False),
        Act("new-code", "assist", checks_caller=False),
        Act("unlock", "assist", checks_caller=False),
        Act("send-guide", "assist", checks_caller=False),
        Act("end-sessions", "assist", checks_caller=False),
        Act("report-abuse", "assist", checks_caller=False),
        Act("reset-step", "reset", can_be_undone=True),
        Act("disable", "reset", checks_caller=False, can_be_undone=True),
        Act("enable", "reset"),
        Act("change-address", "reset", second_pair=True, can_be_undone=True),
        Act("temporary-pass", "reset", second_pair=True),
        Act("withdraw-pass", "reset", checks_caller=False),
        Act("switch-off-second-step", "reset", second_pair=True, can_be_undone=True),
    )
}


Check = Literal["phone", "called-back", "known", "administrator", "none"]
CHECKS: tuple[Check, ...] = get_args(Check)
"""How the identity of somebody who calls was checked; "none" only for acts that need no check."""

Reason = Literal[
    "asked", "not-arrived", "too-many-tries", "phone-new", "phone-lost", "forgotten", "wrong-data", "abuse", "left", "other",
]  # fmt: skip
LOST: Reason = "phone-lost"
OTHER: Reason = "other"
REASONS: dict[ActName, tuple[Reason, ...]] = {
    "resend": ("not-arrived", "asked", OTHER),
    "new-code": ("not-arrived", "too-many-tries", OTHER),
    "unlock": ("too-many-tries", "forgotten", OTHER),
    "send-guide": ("asked", OTHER),
    "end-sessions": ("asked", "abuse", OTHER),
    "report-abuse": ("abuse", LOST, OTHER),
    "reset-step": ("asked", "forgotten", "phone-new", LOST, "wrong-data", "abuse", OTHER),
    "disable": ("left", "abuse", OTHER),
    "enable": ("asked", "wrong-data", OTHER),
    "change-address": ("wrong-data", "asked", OTHER),
    "temporary-pass": ("phone-new", LOST, "asked", OTHER),
    "withdraw-pass": ("asked", "abuse", OTHER),
    "switch-off-second-step": ("asked", "phone-new", LOST, OTHER),
}
"""Why an act is done, the usual reason first: it is chosen already, so that an act takes as few presses as it can."""


def checks_for(act: Act) -> tuple[Check, ...]:
    """The ways of checking who calls that this act accepts."""
    return tuple(check for check in CHECKS if check != "none" or not act.checks_caller)


def has_right(role: str, right: DeskRight) -> bool:
    """Whether an agent of `role` has `right`. An unknown role has none."""
    return role in RIGHTS and RIGHTS.index(role) >= RIGHTS.index(right)


def may_act_on(own_role: str, their_role: str | None, *, is_self: bool) -> bool:
    """Whether the agent may act on somebody: never on themselves, nor on agents of the same or a higher role (`their_role`)."""
    if is_self or own_role not in RIGHTS:
        return False
    return their_role is None or (their_role in RIGHTS and RIGHTS.index(their_role) < RIGHTS.index(own_role))
