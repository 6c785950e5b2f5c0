"""A server's certificate, and a line by TLS to the test's own PostgreSQL, as a managed one offers it."""

import asyncio
import ssl
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core.clock import now

_ASKED_FOR_TLS = bytes.fromhex("0000000804d2162f")


def make_certificate(folder: Path, host: str) -> Path:
    """A file with a key and a certificate for the host that only who has the file itself believes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{host}-{made.serial_number:x}.pem"
    plain, form = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def open_tls_line(certificate: Path, socket: Path) -> Iterator[int]:
    """A port of this machine that speaks TLS alone and leads to the socket of a PostgreSQL."""
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(certificate)

    async def meet(reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError, EOFError):
            assert await reader.readexactly(8) == _ASKED_FOR_TLS
            writer.write(b"S")
            await writer.start_tls(own)
            far_reader, far_writer = await asyncio.open_unix_connection(socket)
            await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))
        writer.close()

    async def pass_on(reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(1 << 16):
                writer.write(piece)
                await writer.drain()
        writer.close()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opened = asyncio.run_coroutine_threadsafe(asyncio.start_server(meet, "127.0.0.1", 0), loop).result()
    try:
        yield opened.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(opened.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
