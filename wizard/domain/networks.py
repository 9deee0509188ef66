"""Reading network addresses, and naming where a request comes from: an IPv4 address, or the /64 that an IPv6 site gets."""

from __future__ import annotations

import ipaddress

IPV6_SITE = 64
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(text: str | None) -> Address | None:
    """The address that `text` is, an IPv4 one also when a socket for both kinds wrote it as IPv6; None when it is none."""
    try:
        found = ipaddress.ip_address((text or "").split("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def network_of(address: str | None) -> str:
    """The IPv4 address or the IPv6 /64 of `address`; "" when there is none that can be read (a Unix socket)."""
    found = address_of(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, IPV6_SITE), strict=False))
    return str(found) if found is not None else ""
