"""The visit: this browser, as its cookie and its session row tell it.

Before a proof the signed cookie carries a nonce, the language, what was typed and the CSRF secret. The first proof makes a row of
`sessions`; from then on the cookie carries a random token besides, stored hashed, with a new one at every rise of assurance
(SEC-35). What a request wants to change in the cookie is collected and applied only after its transaction has been committed, so
that a failed commit never leaves the browser with a token that nobody knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import g, request, session
from sqlalchemy import select, update

from wizard.domain.help_code import help_code
from wizard.domain.networks import network_of
from wizard.domain.return_paths import may_be_kept
from wizard.domain.secrets_made import new_id, new_token
from wizard.domain.throttle import Verdict
from wizard.domain.typed import Typed
from wizard.extensions import tools
from wizard.models import Account, ApprovalRequest, Issue, Proof, Session, db, write
from wizard.models.database import rows_changed

NONCE, TOKEN, TYPED, ENTERED, RETURN_TO, ASKED, PURPOSE = "n", "t", "u", "e", "r", "a", "p"
KEPT_AFTER_SIGN_OUT = ("language",)
LAST_SEEN_EVERY = timedelta(minutes=1)


class Visit:
    """One request's view of its browser. `session` is the live session row, `account` its account; both may be None.

    `just_replaced` says that the cookie carries the token that was replaced a moment ago, `ended` that it carries the token of a
    session that is over; `verdict` is what the counting of this request's try said.
    """

    def __init__(self) -> None:
        self.now: datetime = tools().clock.now()
        self.nonce: str = session.get(NONCE) or self._begin()
        self.session: Session | None = None
        self.account: Account | None = None
        self.just_replaced: Session | None = None
        self.ended: Session | None = None
        self.verdict: Verdict | None = None
        self._after_commit: list[Callable[[], None]] = []
        self._has_new_token = False
        self._load()

    # Who this is

    @property
    def help_code(self) -> str:
        return help_code(self.nonce, tools().keyring.key("help-code"))

    @property
    def browser_digest(self) -> str:
        """How this browser is named in rows: a digest of its nonce, never the nonce."""
        return tools().keyring.digest("browser", self.nonce)

    @property
    def typed(self) -> Typed:
        kept = session.get(TYPED)
        return Typed(**kept) if isinstance(kept, dict) else Typed()

    @property
    def language(self) -> str | None:
        return session.get("language")

    @property
    def idle_ends(self) -> datetime | None:
        """When this session ends unless its person does something."""
        if self.session is None:
            return None
        idle, whole = _life(self.session)
        return min(self.session.created_at + whole, max(self.session.last_seen_at, self.now) + idle)

    def _begin(self) -> str:
        session[NONCE] = new_token()
        return str(session[NONCE])

    def _load(self) -> None:
        token = session.get(TOKEN)
        if not token:
            return
        digests = tools().keyring.digests("session", token)
        mine = select(Session).where(Session.token_hash.in_(digests))
        row = db.session.scalar(mine.execution_options(populate_existing=True))
        if row is None:
            replaced = db.session.scalar(
                select(Session).where(Session.previous_hash.in_(digests), Session.revoked_at.is_(None))
            )
            if replaced is not None and replaced.previous_until is not None and replaced.previous_until > self.now:
                self.just_replaced = replaced
        elif self._is_alive(row):
            self.session = row
            self.account = db.session.get(Account, row.account_id) if row.account_id else None
            if self.account is not None and self.account.disabled_at is not None:
                self.session = self.account = None
        else:
            self.ended = row
        g.account_language = self.account.language if self.account else None

    def _is_alive(self, row: Session) -> bool:
        idle, whole = _life(row)
        return row.revoked_at is None and row.created_at + whole > self.now and row.last_seen_at + idle > self.now

    # What the cookie remembers

    def remember(self, **typed: Any) -> None:
        """Keep what was typed or pressed (fields of `Typed`)."""
        kept = replace(self.typed, **typed)
        self.after_commit(lambda: session.__setitem__(TYPED, vars(kept)))

    def entered_at(self, journey: str) -> datetime | None:
        stamp = session.get(ENTERED, {}).get(journey)
        return datetime.fromtimestamp(stamp, UTC) if isinstance(stamp, int | float) else None

    def enter(self, journey: str) -> None:
        """Note that this browser enters `journey` now: what it renews counts from here on."""
        session[ENTERED] = session.get(ENTERED, {}) | {journey: self.now.timestamp()}

    def leave(self, journey: str) -> None:
        kept = {name: at for name, at in session.get(ENTERED, {}).items() if name != journey}
        self.after_commit(lambda: session.__setitem__(ENTERED, kept))

    def return_to(self) -> str | None:
        return session.get(RETURN_TO)

    def come_back_to(self, path: str) -> None:
        """Keep `path` until it is reached; one that may not be kept is forgotten, with the one before."""
        session.pop(RETURN_TO, None)
        if may_be_kept(path):
            session[RETURN_TO] = path

    def asked_since(self) -> dict[str, datetime]:
        """From when on proofs count because a page asked for fresh ones (step-up)."""
        return {kind: datetime.fromtimestamp(at, UTC) for kind, at in session.get(ASKED, {}).items()}

    @property
    def purpose(self) -> str | None:
        """What the proof that a page asked for is wanted for; None: for the journey itself."""
        return session.get(PURPOSE)

    def ask_again(self, kind: str, since: datetime, purpose: str | None = None) -> None:
        if purpose:
            session[PURPOSE] = purpose
        session[ASKED] = session.get(ASKED, {}) | {kind: since.timestamp()}

    def arrived(self) -> None:
        """The person has reached the place asked for: forget it."""
        session.pop(RETURN_TO, None)
        session.pop(ASKED, None)
        session.pop(PURPOSE, None)

    # What a transaction changes

    def after_commit(self, change: Callable[[], None]) -> None:
        self._after_commit.append(change)

    def committed(self) -> None:
        """Apply the collected changes to the cookie; the caller's transaction has been committed."""
        for change in self._after_commit:
            change()
        self._after_commit.clear()

    def rolled_back(self) -> None:
        self._after_commit.clear()
        self._has_new_token = False

    def reload(self) -> None:
        """Read session and account again inside the write transaction, under the lock of the account's row."""
        self.session = self.account = self.just_replaced = None
        self._load()
        account: Account | None = self.account
        if account is None:
            return
        lock_account(account.id)
        # Who held the lock meanwhile may have ended this session or replaced its token.
        self.session = self.account = None
        self._load()

    def hold_session(self, account: Account | None) -> Session:
        """The session row to which a proof for `account` may be added: this browser's own, or a new one.

        A session of somebody else in this browser ends: one browser, one session.
        """
        own = self.session
        if own is not None and account is not None and own.account_id not in {None, account.id}:
            revoke([own.id], "another-account", self.now)
            own = None
        if own is None:
            own = self._session_of_same_form(account.id if account else None) or self._new_session()
        if account is not None:
            own.account_id = account.id
        self.session, self.account = own, account
        return own

    def _new_session(self) -> Session:
        """One browser, one session: what a lost answer or a double press has left behind ends with it."""
        left = select(Session.id).where(Session.visit == self.browser_digest, Session.revoked_at.is_(None))
        revoke(list(db.session.scalars(left)), "newer-in-this-browser", self.now)
        row = Session(id=new_id(), token_hash="", created_at=self.now, last_seen_at=self.now, shared=False)
        row.visit = self.browser_digest
        row.browser = (request.user_agent.string or "")[:200]
        row.source = network_of(request.remote_addr)
        row.previous_post = post_fingerprint()
        self._give_token(row, _first_token(row))
        db.session.add(row)
        db.session.flush()
        return row

    def _session_of_same_form(self, account_id: str | None) -> Session | None:
        """The session that the same form has made a moment ago, pressed twice: both answers carry its token.

        Each post has proven what the form holds; whichever answer reaches the browser, and whichever post came first, it is in.
        """
        row = self._made_by_same_form()
        if row is None or row.account_id != account_id:
            return None
        token = _first_token(row)
        self._has_new_token = True
        self.after_commit(lambda: session.__setitem__(TOKEN, token))
        return row

    def _made_by_same_form(self) -> Session | None:
        since = self.now - timedelta(seconds=tools().settings.replaced_token_grace)
        mine = select(Session).where(
            Session.visit == self.browser_digest,
            Session.previous_post == post_fingerprint(),
            Session.previous_hash.is_(None),
            Session.created_at > since,
            Session.revoked_at.is_(None),
        )
        row = None if post_fingerprint() is None else db.session.scalar(mine)
        fits = row is not None and row.token_hash in tools().keyring.digests("session", _first_token(row))
        return row if fits else None

    def rotate(self) -> None:
        """Give the session a new token: its assurance rises. The replaced one is remembered for a short while."""
        row = self.session
        assert row is not None
        if self._has_new_token:
            return
        row.previous_hash = row.token_hash
        row.previous_until = self.now + timedelta(seconds=tools().settings.replaced_token_grace)
        row.previous_post = post_fingerprint()
        self._give_token(row, _token_after(row))

    def _give_token(self, row: Session, token: str) -> None:
        row.token_hash = tools().keyring.digest("session", token)
        self._has_new_token = True
        self.after_commit(lambda: session.__setitem__(TOKEN, token))

    def is_pressed_twice(self) -> bool:
        """Whether this request's form has done its work meanwhile, sent a second time; this answer then carries the new token too."""
        self.session = self.account = self.just_replaced = None
        self._load()
        made = None if session.get(TOKEN) else self._made_by_same_form()
        if made is None:
            return self.take_over_replaced()
        session[TOKEN] = _first_token(made)
        return True

    def take_over_replaced(self) -> bool:
        """The form that replaced the token was pressed twice: give this answer the same new token as the first one.

        So it does not matter which of the answers reaches the browser. Only who sends the very same form again gets it, and the form
        holds what was proven; False for anybody else.
        """
        row, seen = self.just_replaced, post_fingerprint()
        if row is None or seen is None or row.previous_post != seen or not self._is_alive(row):
            return False
        token = _token_after(row)
        if row.token_hash not in tools().keyring.digests("session", token):
            return False  # replaced once more since
        session[TOKEN] = token
        return True

    def end_take_over(self) -> None:
        """Another form was sent with the replaced token: nobody is given the newer one any more, for any form.

        Who stole the token could otherwise try all codes of 6 digits here, uncounted (SEC-26). Its own transaction.
        """
        row = self.just_replaced
        if row is None or row.previous_post is None:
            return
        mine = update(Session).where(Session.id == row.id, Session.previous_hash == row.previous_hash)
        with write():
            rows_changed(mine.values(previous_post=None))
        self._load()

    def forget_replaced(self) -> None:
        """The newer token never reached this browser: it has no session."""
        session.pop(TOKEN, None)

    def sign_out(self, reason: str = "sign-out") -> None:
        """End this browser's session and everything its cookie knows but the language. Runs inside `write()`."""
        if self.session is not None:
            revoke([self.session.id], reason, self.now)
        self.session = self.account = None
        self.after_commit(_clean_cookie)

    def renew_csrf_secret(self) -> None:
        self.after_commit(lambda: session.pop("csrf_token", None))


def _life(row: Session) -> tuple[timedelta, timedelta]:
    """How long this session lives without a page, and in all."""
    settings = tools().settings
    if row.is_agent:
        return timedelta(seconds=settings.agent_session_idle), timedelta(seconds=settings.agent_session_lifetime)
    return timedelta(seconds=settings.session_idle), timedelta(seconds=settings.session_lifetime)


def _first_token(row: Session) -> str:
    """The token of a new session: the same for the same form pressed twice, and unknown without our key."""
    return tools().keyring.digest("first-token", f"{row.id}:{row.previous_post}")


def _token_after(row: Session) -> str:
    """The token that follows this browser's in `row`: the same for the same form pressed twice, and unknown without our key."""
    return tools().keyring.digest("token-after", f"{row.id}:{session[TOKEN]}:{row.previous_post}")


def _clean_cookie() -> None:
    kept = {name: session[name] for name in KEPT_AFTER_SIGN_OUT if name in session}
    session.clear()
    session.update(kept)
    session[NONCE] = new_token()


def current_visit() -> Visit:
    """The visit of this request, read once."""
    if "visit" not in g:
        g.visit = Visit()
    return g.visit  # type: ignore[no-any-return]


def post_fingerprint() -> str | None:
    """A keyed digest of this browser's nonce and this post's address and fields: recognises the same form pressed twice."""
    if request.method != "POST":
        return None
    fields = sorted(
        (name, value) for name in request.form for value in request.form.getlist(name) if name != "csrf_token"
    )
    body = hashlib.sha256(repr((session.get(NONCE), request.path, fields)).encode()).hexdigest()
    return tools().keyring.digest("post", body)


def lock_account(account_id: str) -> Account | None:
    """Lock the account's row for the rest of the write transaction and read it again. The first lock of every transaction."""
    statement = (
        select(Account).where(Account.id == account_id).with_for_update().execution_options(populate_existing=True)
    )
    return db.session.scalar(statement)


def revoke(session_ids: list[str], reason: str, now: datetime) -> int:
    """End sessions with their proofs and what they ask phones, and let go of the issues that they hold; returns how many were alive."""
    if not session_ids:
        return 0
    count = rows_changed(
        update(Session)
        .where(Session.id.in_(session_ids), Session.revoked_at.is_(None))
        .values(revoked_at=now, revoked_reason=reason)
    )
    rows_changed(update(Proof).where(Proof.session_id.in_(session_ids), Proof.ended_at.is_(None)).values(ended_at=now))
    rows_changed(
        update(Issue).where(Issue.session_id.in_(session_ids), Issue.ended_at.is_(None)).values(session_id=None)
    )
    asked = update(ApprovalRequest).where(
        ApprovalRequest.session_id.in_(session_ids), ApprovalRequest.ended_at.is_(None)
    )
    rows_changed(asked.values(ended_at=now, ended_reason="session-ended", shown=None))
    return count


def sessions_of(account_id: str, besides: str | None = None) -> list[str]:
    """Ids of the account's sessions that have not been revoked, without the one named by `besides`."""
    statement = select(Session.id).where(Session.account_id == account_id, Session.revoked_at.is_(None))
    return [found for found in db.session.scalars(statement) if found != besides]


def note_seen(visit: Visit) -> None:
    """Once a minute, write that this session is in use; no other GET writes it."""
    row = visit.session
    if row is None or visit.now - row.last_seen_at < LAST_SEEN_EVERY:
        return
    session_id = row.id
    with write():
        rows_changed(
            update(Session).where(Session.id == session_id, Session.revoked_at.is_(None)).values(last_seen_at=visit.now)
        )
    visit.session = db.session.get(Session, session_id)
