"""Which addresses belong to no public host: requests to them can be denied (``--deny-private-addresses``)."""

from __future__ import annotations

import ipaddress

from runner.transport.errors import fail

#: IPv6 addresses that stand for an IPv4 address in their last 32 bits: mapped, compatible, NAT64 (RFC 6052)
_EMBEDDING = tuple(ipaddress.IPv6Network(text) for text in ("::ffff:0:0/96", "::/96", "64:ff9b::/96"))
#: what some versions of Python take for public: protocol assignments, 6to4 relays (RFC 7526), NAT64 of a network's own
#: (RFC 8215), documentation (RFC 9637), segment routing (RFC 9602)
_MORE = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "3fff::/20", "5f00::/16")
)
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; not so: loopback, private networks, link-local (with the
    metadata services of clouds), shared, reserved and multicast addresses, and IPv6 forms of these."""
    ip = ipaddress.ip_address(address)
    if any(ip in network for network in _MORE):
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _embedded(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if any(ip in network for network in _EMBEDDING):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ipaddress.IPv4Address(int(ip) >> 80 & 0xFFFFFFFF) if ip in _SIX_TO_FOUR else None


def require_public(address: str) -> None:
    """Raises TransportError if nothing may be sent to ``address``."""
    if not is_public(address):
        raise fail(f"{address} is a private address, and --deny-private-addresses is given", "EPRIVATEADDRESS")
