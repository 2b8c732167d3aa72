"""Very many users of a server at once: a component that may speak for anybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import hashlib
import re

from tests.prosody import DOMAIN, PASSWORD, Prosody


@asynccontextmanager
async def crowd(server: Prosody) -> AsyncIterator[asyncio.StreamWriter]:
    """Log in as a component (XEP-0114); what is written leaves as it is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.component_port)
    try:
        writer.write(
            b"<stream:stream xmlns='jabber:component:accept'"
            b" xmlns:stream='http://etherx.jabber.org/streams'"
            b" to='crowd.%s'>" % DOMAIN.encode()
        )
        await reader.readuntil(b" id=")
        found = re.match(rb"['\"]([^'\"]+)", await reader.readuntil(b">"))
        assert found
        secret = found[1] + PASSWORD.encode()
        proof = hashlib.sha1(secret, usedforsecurity=False).hexdigest()
        writer.write(b"<handshake>%s</handshake>" % proof.encode())
        assert b"handshake" in await reader.readuntil(b">")
        yield writer
    finally:
        writer.close()
        await writer.wait_closed()
