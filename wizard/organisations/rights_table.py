"""Which right each page and act of an organisation needs: enforced here, and drawn from here as a table.

`@needs(…)` above a view is both: who lacks the right at the view's office, colleague or correction gets 404, as if there were no such
thing (SEC-55), and the same declaration is a row of `table()`. So the table cannot say anything else than the pages do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import current_app
from werkzeug.exceptions import BadRequest, NotFound

from wizard.domain.organisation_rights import OFFICE_KINDS, ROLES, Right, may, reaches_all_offices
from wizard.models import Account
from wizard.services import colleague_names, colleagues, memberships
from wizard.services.colleagues import NotAllowed, OutOfReach
from wizard.services.signed_in import signed_in_account, signed_in_only

View = Callable[..., Any]
DECLARED = "perron_need"


@dataclass(frozen=True)
class Need:
    """What a view needs: `right`, at whatever its address names; `act` says in plain words what the view does."""

    right: Right
    act: str


@dataclass(frozen=True)
class Row:
    """One line of the table: a view that declares its need, by method and address."""

    act: str
    method: str
    address: str
    right: Right


def needs(right: Right, act: str) -> Callable[[View], View]:
    """Let only signed-in people through who have `right` at the office, the colleague or the correction in the address.

    An address that names none of them (`office_id`, `membership_id`, `correction_id`) needs the right at any office. `act` is the view's
    line in the table.
    """

    def declare(view: View) -> View:
        @wraps(view)
        @signed_in_only
        def guarded(**names: str) -> Any:
            if not _reaches(actor().id, right, names):
                raise NotFound
            return view(**names)

        setattr(guarded, DECLARED, Need(right, act))
        return guarded

    return declare


def actor() -> Account:
    """The signed-in account of a view that only signed-in people reach."""
    account = signed_in_account()
    assert account is not None
    return account


@contextmanager
def within_rights() -> Iterator[None]:
    """Who goes beyond the reach of their rights gets 404; who asks for what a role never gives has sent no form of ours, 400 (SEC-55)."""
    try:
        yield
    except OutOfReach:
        raise NotFound from None
    except NotAllowed:
        raise BadRequest from None


def _reaches(account_id: str, right: Right, names: dict[str, str]) -> bool:
    if "office_id" in names:
        return memberships.place_at(account_id, names["office_id"], right) is not None
    if "membership_id" in names:
        return colleagues.is_within_reach(account_id, names["membership_id"], right)
    if "correction_id" in names:
        return colleague_names.is_within_reach(account_id, names["correction_id"])
    return any(may(place.role, right) for place in memberships.places_of(account_id))


def rows() -> list[Row]:
    """Every page and act that declares its need, by address."""
    return sorted(_declared(), key=lambda row: (row.address, row.method))


def _declared() -> Iterator[Row]:
    for rule in current_app.url_map.iter_rules():
        need = getattr(current_app.view_functions[rule.endpoint], DECLARED, None)
        if need is not None:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield Row(need.act, method, str(rule), need.right)


def table() -> str:
    """The rights table in Markdown: one line for each page or act, one column for each role and kind of office."""
    columns = [(role, kind) for role in ROLES for kind in OFFICE_KINDS]
    head = ["Page or act", "Method", "Address", "Right", *(f"{role}, {kind}" for role, kind in columns)]
    lines = [head, ["---"] * len(head)]
    for row in rows():
        cells = [_cell(role, kind, row.right) for role, kind in columns]
        lines.append([row.act, row.method, f"`{row.address}`", row.right, *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(role: str, office_kind: str, right: Right) -> str:
    if not may(role, right):
        return "no"
    return "all offices" if reaches_all_offices(office_kind) else "own office"
