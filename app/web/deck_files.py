"""Files that come with a form: taken to disk, and what is wrong with them said at the field."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core.documents.limits import LIMITS, Limits
from app.core.policy import Refused
from app.domain.presentations.service import check_file
from app.http.forms import Form
from app.http.sentences import add_sentences
from app.http.visit import Visit
from app.identity.sending import count_upload as count_sent_file


def _(text: str) -> str:
    return text


add_sentences(
    {
        "file_missing": _("Vælg en fil: pdf, PowerPoint (pptx) eller OpenDocument (odp)."),
        "file_empty": _("Filen er tom. Åbn præsentationen, gem den, og læg den op igen."),
        "file_too_big": _(
            "Filen fylder mere end {most} MB. Gem den som pdf, eller komprimér billederne, "
            "og læg den op igen."
        ),
        "file_unknown_kind": _(
            "Filen skal være pdf, pptx eller odp. Gem præsentationen sådan, og læg den op igen."
        ),
        "file_not_what_it_says": _(
            "Filens indhold passer ikke til dens navn. Åbn den i det program, den er lavet i, "
            "gem den som pdf eller pptx, og læg den op igen."
        ),
        "file_encrypted": _(
            "Filen er låst med en adgangskode. Fjern adgangskoden, gem filen, og læg den op igen."
        ),
        "file_broken": _(
            "Filen er beskadiget, eller der mangler noget af den. Åbn den, gem den på ny, og læg den op igen."
        ),
        "file_unsafe": _(
            "Filen indeholder noget, som vi af hensyn til sikkerheden ikke åbner. "
            "Gem præsentationen som pdf, og læg den op i stedet."
        ),
        "file_macros": _(
            "Filen indeholder makroer (programkode). Gem den som pptx uden makroer eller som pdf, "
            "og læg den op igen."
        ),
        "file_bomb": _(
            "Filen kræver mere tid eller hukommelse, end en præsentation skal. "
            "Gem den som en mindre pdf, eller del den i to, og læg den op igen."
        ),
        "file_too_many_pages": _(
            "Præsentationen har mere end {pages} sider. Del den, og læg delene op hver for sig."
        ),
        "file_no_pages": _("Der er ingen sider i filen. Gem præsentationen på ny, og læg den op igen."),
        "file_cpr_number": _("Filens navn ligner et CPR-nummer. Giv den et andet navn, og læg den op igen."),
        "file_lost": _("Filen ligger ikke længere i vores lager. Læg den op igen."),
        "choose_again": _("Vælg filen igen: browseren husker den ikke, når noget andet skal rettes."),
    }
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that came with a form, lying in a folder of its own for as long as it is looked at."""

    path: Path
    name: str


@contextmanager
def received(form: Form) -> Iterator[Sent | None]:
    """The form's file on the disk; None where none was chosen."""
    sent = form.files.get("file")
    if sent is None:
        yield None
        return
    with TemporaryDirectory(prefix="dialogforum-upload-") as folder:
        path = Path(folder) / "sent"
        with path.open("wb") as file:
            shutil.copyfileobj(sent.file, file, 1 << 20)
        yield Sent(path, sent.filename or "")


def limits_of(visit: Visit) -> Limits:
    return replace(LIMITS, upload=visit.kit.site.upload_limit)


def count_upload(visit: Visit) -> None:
    count_sent_file(visit.session, visit.actor)


def megabytes(visit: Visit) -> int:
    """How large a file may be."""
    return visit.kit.site.upload_limit // 1_000_000


def say_refusal(visit: Visit, code: str) -> str:
    """Why a file could not be read and what to do; `code` is the reader's."""
    return visit.say(f"file_{code}", most=megabytes(visit), pages=LIMITS.pages)


def refuse_file(visit: Visit, form: Form, code: str) -> None:
    """Put a refusal of `check_file` at the form's file."""
    form.refuse("file", code, most=megabytes(visit), pages=LIMITS.pages)


def look_at_file(visit: Visit, form: Form, sent: Sent | None) -> None:
    """Say what there is to say at the file of a form that comes back anyway."""
    if form.error("file"):
        return
    if sent is None:
        form.refuse("file", "file_missing")
        return
    try:
        check_file(sent.path, sent.name, limits_of(visit))
    except Refused as refusal:
        refuse_file(visit, form, refusal.code)
    else:
        form.refuse("file", "choose_again")
