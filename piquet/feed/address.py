"""Which network addresses a feed may be fetched from; resolves names, connects to nothing."""

import asyncio
import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from piquet.errors import FeedError
from piquet.feed.links import literal_address

# IPv6 addresses that lead to an IPv4 one in their last 32 bits: mapped, compatible, NAT64 (RFC 4291, RFC 6052).
_CARRIERS = tuple(map(IPv6Network, ("::ffff:0:0/96", "::/96", "64:ff9b::/96")))
# Not for the public, and not known as such to every Python 3.11: the special-purpose registries of IANA
# (https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-), site-local RFC 3879; 168.63.129.16 is
# Azure's own service on every machine there (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
_CLOSED_IPV4 = "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"
_CLOSED_IPV6 = "64:ff9b:1::/48", "100::/32", "2001::/23", "3fff::/20", "5f00::/16", "fec0::/10"
_CLOSED = tuple(map(ip_network, (*_CLOSED_IPV4, *_CLOSED_IPV6)))


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, in the order to try them."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FeedError(f"The name {host} could not be resolved.") from error
    return tuple(dict.fromkeys(address[4][0].partition("%")[0] for address in found))


async def checked_addresses(host: str, port: int, *, allowed_hosts: Collection[str]) -> tuple[str, ...]:
    """Where to connect for a host; `FeedError` where any of its addresses is not on the public internet.

    `allowed_hosts` names hosts (`cms.intranet`, or with a port `127.0.0.1:8080`) that may be anywhere.
    """
    literal = literal_address(host)
    addresses = (str(literal),) if literal else await resolve(host, port)
    if host in allowed_hosts or f"{host}:{port}" in allowed_hosts:
        return addresses
    for address in addresses:
        if not is_public(ip_address(address)):
            raise FeedError(
                f"{host} leads to {address}, which is not on the public internet; "
                f"where that is meant, name {host} in the outlet's allowed hosts."
            )
    return addresses


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet, seen through every IPv6 disguise of an IPv4 one."""
    inner = _carried(address)
    if inner is not None:
        return is_public(inner)
    closed = any(address.version == network.version and address in network for network in _CLOSED)
    return address.is_global and not (closed or address.is_multicast or address.is_reserved)


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    return IPv4Address(int(address) & 0xFFFFFFFF) if any(address in net for net in _CARRIERS) else None
