"""LibreOffice, where it is installed: slides to PDF, in a profile of its own, without the world outside."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Literal
from zipfile import ZIP_DEFLATED, ZipFile

from lxml import etree
from lxml.etree import QName

from app.core.documents.archives import Archive
from app.core.documents.limits import Kind, Limits, Refused

_NAMES = ("soffice", "libreoffice")
_LIBRARIES = {"impress": "libsdlo", "writer": "libswlo"}
_PLACES = ("/usr/lib/libreoffice/program/soffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice")
_XLINK = "{http://www.w3.org/1999/xlink}href"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
{items}
</oor:items>
"""
_ITEM = '<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
_SECURITY = "/org.openoffice.Office.Common/Security/Scripting"
_SETTINGS = (
    (_SECURITY, "MacroSecurityLevel", "3"),
    (_SECURITY, "DisableMacrosExecution", "true"),
    (_SECURITY, "DisableActiveContent", "true"),
    (_SECURITY, "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


def find_office(part: Literal["impress", "writer"] = "impress") -> str | None:
    """The path of LibreOffice's program; None where it is not installed, or not with this part of it."""
    found = (shutil.which(name) for name in _NAMES)
    return next((path for path in (*found, *_PLACES) if path and _has_part(Path(path), part)), None)


def _has_part(program: Path, part: str) -> bool:
    if not program.is_file():
        return False
    folder = program.resolve().parent
    there = {known for known, name in _LIBRARIES.items() if any(folder.glob(f"{name}*"))}
    # Where the parts lie is known of the usual packages; of another one it is tried.
    return part in there or not there


def convert_to_pdf(office: str, path: Path, kind: Kind, folder: Path, limits: Limits) -> Path | None:
    """The file as a PDF below `folder`; None when LibreOffice fails or takes too long."""
    work = Path(tempfile.mkdtemp(dir=folder))
    profile = work / "profile" / "user"
    profile.mkdir(parents=True)
    items = "\n".join(_ITEM.format(path=path, name=name, value=value) for path, name, value in _SETTINGS)
    (profile / "registrymodifications.xcu").write_text(_PROFILE.format(items=items), encoding="utf-8")
    source = work / f"deck.{kind}"
    try:
        write_without_links(path, source, limits)
    except (Refused, etree.XMLSyntaxError):
        return None
    command = [
        office, "--headless", "--invisible", "--nologo", "--nodefault", "--norestore", "--nolockcheck",
        f"-env:UserInstallation={(work / 'profile').as_uri()}",
        "--convert-to", "pdf:impress_pdf_Export", "--outdir", str(work), str(source),
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        cwd=work,
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(work),
            "TMPDIR": str(work),
            "LANG": "C.UTF-8",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: _allow_memory(limits.office_memory),
    )
    try:
        process.wait(limits.office_wall)
    except subprocess.TimeoutExpired:
        # Its helpers stand in our own process group, which the parent ends with us.
        process.send_signal(signal.SIGKILL)
        process.wait()
    result = work / "deck.pdf"
    return result if result.is_file() and result.stat().st_size else None


def _allow_memory(most: int) -> None:
    try:
        import resource
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))


def write_without_links(source: Path, target: Path, limits: Limits) -> None:
    """A copy of the deck that points at nothing outside itself: LibreOffice would fetch linked pictures."""
    with Archive(source, limits) as archive, ZipFile(target, "w", ZIP_DEFLATED, compresslevel=1) as copy:
        for entry in archive.entries:
            if entry.is_dir():
                continue
            if entry.filename.endswith(".rels"):
                copy.writestr(entry.filename, _without_external(archive.read(entry, limits.unpacked_xml)))
            elif entry.filename in ("content.xml", "styles.xml"):
                copy.writestr(entry.filename, _without_addresses(archive.read(entry, limits.unpacked_xml)))
            else:
                with copy.open(entry.filename, "w") as file:
                    for piece in archive.inflate(entry):
                        file.write(piece)


def _without_external(content: bytes) -> bytes:
    root = etree.fromstring(content, _PARSER)
    for relation in root.iter(_RELATIONSHIP):
        if relation.get("TargetMode") == "External" and not relation.get("Type", "").endswith("/hyperlink"):
            relation.set("Target", "about:blank")
    return etree.tostring(root)


def _without_addresses(content: bytes) -> bytes:
    root = etree.fromstring(content, _PARSER)
    for element in root.iter(etree.Element):
        address = element.get(_XLINK)
        if (
            address
            and QName(element).localname != "a"
            and re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|/|\.\.|\\", address)
        ):
            del element.attrib[_XLINK]
    return etree.tostring(root)
