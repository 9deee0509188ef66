"""Where a request comes from, as far as limits and phones need to know it."""

from __future__ import annotations

import ipaddress

from wizard.domain.networks import address_of, network_of
from wizard.domain.throttle import Verdict, Window
from wizard.extensions import tools
from wizard.services import attempts


def is_shared(address: str | None) -> bool:
    """Whether many people are known to come from `address` (SHARED_SOURCES)."""
    found = address_of(address)
    return found is not None and any(
        found in ipaddress.ip_network(item, strict=False) for item in tools().settings.shared_sources if item != "unix"
    )


def count(address: str | None) -> Verdict:
    """Count one try of this source and say whether it is within its minute's limit. Commits by itself."""
    settings = tools().settings
    limit = settings.shared_source_limit if is_shared(address) else settings.source_limit
    return attempts.count("source", network_of(address) or "unknown", Window(limit, 60))
