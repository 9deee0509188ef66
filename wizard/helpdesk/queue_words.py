"""Why somebody without an account has written to the helpdesk, in words for agents."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

KIND_WORDS: dict[str, LazyString] = {
    "no-account": _l("Nobody has an account with this address."),
    "several-accounts": _l("Several accounts have this address."),
    "shared-mailbox": _l("The address looks like a mailbox that several people read."),
    "placeholder": _l("The address looks like one that stands in for a missing one."),
}
