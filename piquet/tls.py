"""How Piquet checks the certificates of those it calls; knows none of them."""

import ssl
from functools import cache

import httpx


@cache
def trust() -> ssl.SSLContext:
    """httpx's own context, made once a process: reading the certificates costs 35 ms of CPU each time."""
    return httpx.create_ssl_context()
