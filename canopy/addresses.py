"""Which network addresses may be connected to on somebody else's word.

Source: IANA special-purpose address registries, as `ipaddress` has them; RFC 6052 (NAT64).
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from canopy.errors import Refused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_NAT64 = IPv6Network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFFFFFF


def is_public(address: Address) -> bool:
    """Whether an address is on the open internet; one wrapping IPv4 is judged by that."""
    inner = _inner(address)
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def checked_address_of(
    host: str, port: int, allowed: Sequence[Network], *, public: bool = True
) -> str:
    """The first address of a host, where each that it has may be connected to.

    allowed: networks that may be besides those of the open internet; with `public` False they
    alone may be. Raises Refused, without telling the addresses, and OSError where the name is
    not known.
    """
    found = [
        ip_address(str(each[4][0]).partition("%")[0])
        for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ]
    for each in found:
        inner = _inner(each)
        if not (public and is_public(each)) and not any(inner in network for network in allowed):
            raise Refused(
                f"{host} may not be connected to: it is in a network that is not public, or the "
                "connection would not be encrypted. Allow the network in the settings if it may."
            )
    return str(found[0])


def _inner(address: Address) -> Address:
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & _LOW_32_BITS)
        return address.ipv4_mapped or address.sixtofour or address
    return address
