"""Which hosts lie inside the user's own machine or network, judged by name alone."""

from __future__ import annotations

import ipaddress
import re

# What resolvers take for an IPv4 address: 127.1, 0x7f.0.0.1, 2130706433.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)


def is_local(host: str) -> bool:
    """Tell whether a host is this machine or a literal address that is not of the open internet.

    A name that leads inside is not found out: that takes asking the resolver, and a proxy may
    have another.
    """
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        # An address in a disguise that only resolvers understand has no honest use here.
        return bool(_NUMBER.fullmatch(name.rpartition(".")[2]))
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    address = mapped or address
    return not address.is_global or address.is_multicast
