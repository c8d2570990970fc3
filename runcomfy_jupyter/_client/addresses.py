"""Which hosts lie inside the user's own machine or network."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

# A host's name → its addresses; raises `OSError` for a name that has none.
Resolver: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]

# What resolvers take for an IPv4 address: 127.1, 0x7f.0.0.1, 2130706433.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)
# For measuring networks, so nobody's own; some VPNs hand out such addresses for every name.
_BENCHMARKS = ipaddress.ip_network("198.18.0.0/15")


def is_local(host: str) -> bool:
    """Tell whether a host is this machine or a literal address that is not of the open internet.

    A name that leads inside is not found out: that takes asking the resolver.
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


def is_inside(address: str) -> bool:
    """Tell whether an address that a resolver named is this machine's or of its own network."""
    return is_local(address) and ipaddress.ip_address(address) not in _BENCHMARKS


async def resolve(host: str) -> list[str]:
    """Return the addresses of a host as this machine's resolver knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
