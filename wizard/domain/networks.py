"""Naming where a request comes from: an IPv4 address, or the /64 that an IPv6 site gets."""

from __future__ import annotations

import ipaddress

IPV6_SITE = 64


def network_of(address: str | None) -> str:
    """The IPv4 address or the IPv6 /64 of `address`; "" when there is none that can be read (a Unix socket)."""
    try:
        found = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, IPV6_SITE), strict=False))
    return str(found)
