"""Every test leaves nothing behind, and waits shorter than homes do."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
import pytest

from custom_components.mesh_call.media.rtsp import reader
from custom_components.mesh_call.media.sources import reconnecting
from tests.sockets import open_sockets


@pytest.fixture(autouse=True)
async def nothing_left(socket_enabled: None) -> AsyncIterator[None]:
    """Tasks and sockets are back to before after each test."""
    tasks, sockets = asyncio.all_tasks(), open_sockets()
    yield
    await asyncio.sleep(0)
    left = asyncio.all_tasks() - tasks - {asyncio.current_task()}
    assert not left
    assert open_sockets() <= sockets


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "STALL_TIMEOUT", 0.8)
    monkeypatch.setattr(reader, "FIRST_PACKET_TIMEOUT", 1.5)
    monkeypatch.setattr(reader, "_TICK", 0.1)
    monkeypatch.setattr(reconnecting, "FIRST_DELAY", 0.1)
    monkeypatch.setattr(reconnecting, "LINGER", 0.3)


@pytest.fixture(name="certificate")
def certificate_fixture(tmp_path: Path) -> ssl.SSLContext:
    """A camera's own certificate, which nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "camera.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
