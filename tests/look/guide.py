"""Renders the style guide: `python -m tests.look.guide FOLDER` writes it as files to look at."""

import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from app.http.forms import Form, blank
from app.http.pages import Frame, make_environment
from app.main import make_renderer

HERE = Path(__file__).parent
PAGES = ("parts", "front", "meeting", "wish", "form", "slide", "found")
PATHS = {
    "meeting": "/moeder/10/program",
    "wish": "/oensker/OE-0142",
    "form": "/oensker/nyt",
    "slide": "/oplaeg/12/side/3",
}
ERRORS = (400, 403, 404, 409, 413, 422, 429, 500, 503)


@cache
def make_guide_environment(language: str) -> Environment:
    environment = make_environment(language, {})
    # The frame of every page uses functions of the application's own.
    environment.globals = make_renderer().environment(language).globals | environment.globals
    assert environment.loader is not None
    environment.loader = ChoiceLoader([FileSystemLoader(HERE / "pages"), environment.loader])
    return environment


def make_frame(language: str = "da", **changes: object) -> Frame:
    values: dict[str, object] = {
        "language": language,
        "path": "/moeder/10",
        "signed_in": False,
        "person_name": "",
        "organisation_name": "",
        "is_staff": False,
        "is_vendor": False,
        "is_municipality": False,
        "demo": True,
        "site_name": "Dialogforum",
        "base_url": "http://127.0.0.1:8000",
        "contact_name": "Sekretariatet for Dialogforum",
        "contact_mail": "dialogforum@example.dk",
        "contact_phone": "33 70 33 70",
        "data_responsible": "Eksempelforeningen",
    }
    return Frame(**(values | changes))  # type: ignore[arg-type]


def make_wrong_form(language: str = "da") -> Form:
    """A form as it comes back: typed values and three errors."""
    form = blank(
        language,
        title="Fælles målbilleder for velfærdsteknologi, så leverandører og kommuner bygger i samme retning",
        words="Vi mangler en klar retning.",
        theme="klima",
        aspect=["target_picture", "direction"],
        visibility="public",
        mail="anna@",
    )
    form.errors = {
        "mail": "Skriv adressen sådan: navn@firma.dk",
        "who": "Skriv, hvem ønsket er til gavn for",
        "visibility": "Vælg, hvem der må se ønsket",
    }
    return form


def render_guide(name: str, language: str = "da", **frame: object) -> str:
    """A page of the guide; "blank" is the form that nobody has typed in yet."""
    template = make_guide_environment(language).get_template(
        "form.html" if name == "blank" else f"{name}.html"
    )
    return template.render(
        frame=make_frame(language, **({"path": PATHS.get(name, "/")} | frame)),
        form=make_wrong_form(language) if name == "form" else blank(language),
        programme=PROGRAMME,
    )


def render_error(status: int, language: str = "da", sentence: str = "") -> str:
    template = make_guide_environment(language).get_template(f"errors/{status}.html")
    return template.render(frame=make_frame(language), status=status, sentence=sentence)


def _who(name: str, title: str, organisation: str, former: bool = False) -> SimpleNamespace:
    return SimpleNamespace(name=name, title=title, organisation=organisation, former=former)


def _item(kind: str, kind_label: str, title: str, **more: object) -> SimpleNamespace:
    return SimpleNamespace(kind=kind, kind_label=kind_label, title=title, **more)


PROGRAMME = [
    SimpleNamespace(
        time="13.00",
        end="13.10",
        tracks=[_item("welcome", "Velkomst", "Velkommen til det første virtuelle møde")],
    ),
    SimpleNamespace(
        time="13.10",
        end="13.40",
        tracks=[
            _item(
                "talk",
                "Oplæg",
                "Status på den fælleskommunale digitaliseringsstrategi",
                href="#",
                body="Hvor langt er vi nået, og hvad venter i den næste periode?",
                people=[_who("Eksempel Andersen", "kontorchef", "Eksempelby Kommune")],
                links=[("#", "Se præsentationen (14 sider)")],
            )
        ],
    ),
    SimpleNamespace(time="13.40", end=None, tracks=[_item("break", "Pause", "Pause")]),
    SimpleNamespace(
        time="13.50",
        end="14.30",
        tracks=[
            _item(
                "group_session",
                "Gruppearbejde",
                "Målbilleder og retning",
                track="Spor A",
                tasks=["Nævn de tre vigtigste dilemmaer", "Hvad skal der til det første år?"],
            ),
            _item(
                "panel",
                "Panel",
                "Kommunernes it-indkøb",
                track="Spor B",
                href="#",
                people=[
                    _who("Eksempel Berg", "direktør", "Eksempel Data A/S", True),
                    _who("Eksempel Carlsen", "digitaliseringschef", "Prøvekøbing Kommune"),
                ],
            ),
        ],
    ),
    SimpleNamespace(time=None, end=None, tracks=[_item("plenary", "Plenum", "Opsamling og tak for indspil")]),
]


def write_guide(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        (folder / f"{name}.html").write_text(render_guide(name))
    (folder / "staff.html").write_text(
        render_guide(
            "meeting", signed_in=True, is_staff=True, person_name="Anna Eksempel", notice="Mødet er gemt."
        )
    )
    for status in ERRORS:
        (folder / f"{status}.html").write_text(render_error(status))


if __name__ == "__main__":
    write_guide(Path(sys.argv[1]))
