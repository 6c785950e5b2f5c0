"""The texts that admins may write in place of ours: where they stand, and what stands there until then."""

from dataclasses import dataclass
from typing import Final

from app.core import i18n
from app.core.chosen import Logo, chosen


def _(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a text. `standard` is empty where nothing stands until somebody writes it."""

    code: str
    title: str
    standard: str
    most: int
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class TextPage:
    """The places on one page. `path` is where they are read."""

    key: str
    title: str
    path: str
    slots: tuple[Slot, ...]


TEXT_PAGES: Final = (
    TextPage(
        "forside",
        _("Forsiden"),
        "/",
        (
            Slot("front_title", _("Overskriften"), _("Det, der bliver sagt, bliver fulgt til dørs"), 90),
            Slot(
                "front_lead",
                _("Indledningen"),
                _(
                    "Kommunerne, KL, KOMBIT og it-markedet mødes et par gange om året. Her står, hvad der "
                    "blev sagt, hvem der svarede, og hvad der kom ud af det."
                ),
                400,
                True,
            ),
            Slot(
                "front_vendor",
                _("Døren for leverandører"),
                _("Send et ønske eller en idé, og se, hvad der er blevet svaret."),
                140,
            ),
            Slot(
                "front_municipality",
                _("Døren for kommuner"),
                _("Find, hvad der er sagt om jeres temaer, og vis interesse."),
                140,
            ),
            Slot(
                "front_organiser",
                _("Døren for KL/KOMBIT"),
                _("Planlæg mødet, skriv indspil ind, og svar samlet."),
                140,
            ),
        ),
    ),
    TextPage(
        "ramme",
        _("Toppen og bunden af alle sider"),
        "/",
        (
            Slot("frame_tagline", _("Linjen under navnet"), _("Kommunerne og it-markedet"), 60),
            Slot(
                "frame_footer",
                _("Teksten nederst"),
                _(
                    "Ét sted, hvor det, der bliver sagt på møderne, kan følges, til effekten er målt. "
                    "Åbent for alle."
                ),
                300,
                True,
            ),
        ),
    ),
    TextPage(
        "om",
        _("Om Dialogforum"),
        "/om",
        (
            Slot(
                "about_lead",
                _("Indledningen"),
                _("Ét sted, hvor det, der bliver sagt på møderne, kan følges, til effekten er målt."),
                300,
                True,
            ),
            Slot(
                "about_purpose",
                _("Hvad det er til"),
                _(
                    "KL og KOMBIT mødes et par gange om året med de it-leverandører og konsulenthuse, der "
                    "arbejder for kommunerne. På møderne bliver der sagt meget: ønsker om en klar retning, "
                    "målbilleder, operationelle planer, flerårige mål og effekter, der måles. Her bliver det "
                    "skrevet ned, besvaret med en dato, lovet, fulgt op og fundet igen."
                ),
                1500,
                True,
            ),
        ),
    ),
    TextPage(
        "privatliv",
        _("Privatliv"),
        "/privatliv",
        (
            Slot(
                "privacy_contact",
                _("Mere om den dataansvarlige, for eksempel databeskyttelsesrådgiveren"),
                "",
                1000,
                True,
            ),
        ),
    ),
    TextPage(
        "was",
        _("Tilgængelighedserklæringen"),
        "/was",
        (
            Slot(
                "was_contact",
                _("Tilbagemelding og kontakt"),
                _(
                    "Sig til, hvis noget ikke virker, eller hvis du har brug for indholdet i en anden form. "
                    "Vi svarer inden for fem arbejdsdage."
                ),
                1000,
                True,
            ),
            Slot("was_more", _("Mere om kontakten, for eksempel telefontider"), "", 1000, True),
        ),
    ),
)
_STANDARD: Final = {slot.code: slot.standard for page in TEXT_PAGES for slot in page.slots}


def standard_text(language: str, code: str) -> str:
    """What stands in a place until somebody writes something else."""
    standard = _STANDARD[code]
    return i18n.catalogue(language).gettext(standard) if standard else ""


def site_text(language: str, code: str) -> str:
    """The text of a place in the reader's language. What has no standard is read in Danish where it must."""
    own = chosen().texts
    if not own:
        return standard_text(language, code)
    return own.get((language, code)) or standard_text(language, code) or own.get((i18n.DEFAULT, code), "")


def site_text_language(language: str, code: str) -> str:
    """In which language `site_text` answers."""
    has_it = (language, code) in chosen().texts or bool(_STANDARD[code])
    return language if has_it else i18n.DEFAULT


def site_logo(language: str) -> tuple[Logo, str] | None:
    """The logo in place of ours, and what it says to those who do not see it."""
    logo = chosen().logo
    return (logo, logo.alt.get(language) or logo.alt.get(i18n.DEFAULT, "")) if logo else None
