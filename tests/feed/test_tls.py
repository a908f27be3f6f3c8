"""HTTPS at an address that was checked: the certificate is still the name's, and never another's."""

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from piquet.errors import FeedError
from piquet.feed import FeedState, retrieve

from .loopback import NOW, item, reply, rss

FEED = rss(item("a"))


@pytest.fixture
async def secure_site(site, tmp_path):
    """The site again, over TLS, with a certificate for paper.example; gives its port and a client that trusts it."""
    certificate = _certificate("paper.example", tmp_path / "certificate.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=context)
    trust = ssl.create_default_context(cafile=certificate)
    async with httpx.AsyncClient(trust_env=False, verify=trust) as client:
        yield server.sockets[0].getsockname()[1], client
    server.close()


async def test_the_certificate_is_checked_against_the_name(site, secure_site, names, rules):
    port, client = secure_site
    names |= {"paper.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    rules = replace(rules, allowed_hosts=frozenset(names))
    site.answers["/f"] = reply(FEED)

    async def get(host):
        url = f"https://{host}:{port}/f"
        return await retrieve(url, state=FeedState(url=url), client=client, rules=rules, now=NOW)

    assert (await get("paper.example")).body == FEED
    with pytest.raises(FeedError, match="certificate"):
        await get("other.example")
    assert [headers["host"] for _, headers in site.requests] == [f"paper.example:{port}"]


def _certificate(name, path):
    """A key and a certificate that is its own authority, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    # The certificate has to be good on the day the test runs, whatever NOW is.
    today = datetime.now(UTC)
    builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(pem, *plain) + builder.sign(key, hashes.SHA256()).public_bytes(pem))
    return path
