"""Every page, as every kind of people and in every language: it answers, and its HTML is valid."""

import re

import pytest

from tests.node.html_validate import find_html_errors
from tests.site import Browser, Site
from tests.test_house import fill, is_guarded, list_routes

DEMO = ("staff", "vendor", "municipality")
MEETING = "eksempel-efteraar-2026"
STAFF = (
    "/netvaerk/nyt",
    "/netvaerk/eksempelnetvaerket",
    "/netvaerk/eksempelnetvaerket/rediger",
    "/temaer/kobling?fra=5",
    "/medlemskaber",
    "/organisationer/1/medlemmer",
    "/organisationer/1/rediger",
    "/moeder/nyt",
    f"/moeder/nyt?fra={MEETING}",
    "/moeder/eksempel-foraar-2027/rediger/fra-sidst",
    f"/moeder/{MEETING}/rediger/fra-sidst",
    "/moeder/eksempel-foraar-2027/rediger/status",
    "/moeder/eksempel-foraar-2027/rediger/status/aflys",
    "/moeder/eksempel-foraar-2027/rediger/status/ny-dato",
    f"/moeder/{MEETING}/rediger",
    f"/moeder/{MEETING}/rediger/program",
    f"/moeder/{MEETING}/rediger/grupper",
    f"/moeder/{MEETING}/rediger/grupper/39",
    f"/moeder/{MEETING}/rediger/grupper/39/lister?alle=1",
    f"/moeder/{MEETING}/rediger/grupper/39/skilte",
    "/moeder/eksempel-foraar-2027/konsol",
    "/moeder/eksempel-foraar-2027/storskaerm",
    "/moeder/eksempel-foraar-2027/invitationer",
    "/papirkurv",
    "/udbakke",
    "/udbakke/1",
    "/udbakke/1/slet",
    "/udbakke/1/breve/1",
    "/moeder/eksempel-foraar-2027/udbakke",
    "/moeder/eksempel-foraar-2027/skriv",
    f"/moeder/{MEETING}/roller",
    f"/moeder/{MEETING}/roller?q=a",
    f"/moeder/{MEETING}/roller?bruger=1",
    f"/moeder/{MEETING}/rediger/tilmeldinger",
    f"/moeder/{MEETING}/rediger/tilmeldinger/hensyn?navne=1",
    f"/moeder/{MEETING}/rediger/tilmeldinger/ny",
    f"/moeder/{MEETING}/rediger/tilmeldinger/1",
    f"/moeder/{MEETING}/rediger/tilmeldinger/1/meld-fra",
    f"/moeder/{MEETING}/rediger/tilmeldinger/1/gruppe",
    f"/moeder/{MEETING}/rediger/tilmeldinger/afgoerelser",
    f"/moeder/{MEETING}/rediger/pladser",
    f"/moeder/{MEETING}/rediger/pladser/ny",
    "/moeder/eksempel-foraar-2027/rediger/spoergsmaal",
    "/moeder/eksempel-foraar-2027/rediger/spoergsmaal/1",
    f"/moeder/{MEETING}/deltagere",
    f"/moeder/{MEETING}/rapport?til=deltagere",
    f"/moeder/{MEETING}/oplaegsholdere",
    "/moeder/eksempel-foraar-2027/tilmeld",
    f"/moeder/{MEETING}/rediger/lokale",
    f"/moeder/{MEETING}/referat/aabn",
    "/moeder/10/referat",
    "/moeder/10/referat/skriv",
    "/moeder/10/referat/skriv?udkast=alle",
    "/moeder/10/referat/udgaver",
    f"/moeder/{MEETING}/afslut",
    "/moeder/10/afslut",
    "/moeder/10/afslut/hvorfor/uden-slides",
    "/moeder/10/afslut/hvorfor/resten",
    f"/moeder/{MEETING}/rediger/lokale/skilt",
    f"/moeder/{MEETING}/indtjekning",
    f"/moeder/{MEETING}/indtjekning?q=a",
    f"/moeder/{MEETING}/fremmoede",
    f"/moeder/{MEETING}/referat/bemaerkninger",
    f"/moeder/{MEETING}/referat/bemaerkninger/1",
    "/moeder/eksempel-foraar-2027/evaluering",
    "/moeder/eksempel-vinter-2026/evaluering",
    f"/moeder/{MEETING}/tavler",
    f"/moeder/{MEETING}/spoerg/37/styr",
    "/moeder/eksempel-foraar-2027/afstemninger",
    "/moeder/eksempel-foraar-2027/afstemninger/ny",
    "/moeder/eksempel-foraar-2027/afstemninger/3",
    "/moeder/eksempel-foraar-2027/afstemninger/3/ret",
    f"/moeder/{MEETING}/tavler/1/ordn",
    f"/moeder/{MEETING}/tavler/1/flipover",
    f"/moeder/{MEETING}/tavler/1/ret",
    f"/moeder/{MEETING}/tavler/offentlige",
    "/moeder/eksempel-foraar-2027/tavler",
    f"/moeder/{MEETING}/indspil/skriv",
    f"/moeder/{MEETING}/indspil/mange",
    f"/moeder/{MEETING}/indspil/maerk",
    f"/moeder/{MEETING}/oplaeg/nyt",
    "/oplaeg/3/ny-version",
    "/oplaeg/3/ret",
    "/oplaeg/3/temaer",
    "/oplaeg/3/fjern",
    "/oplaeg/samlet",
    "/import",
    "/import/adresser",
    "/webhooks",
    "/webhooks/nyt",
    "/import/moedeside",
    "/indspil/IN-0010/ret",
    "/projekter/vej/signaturprojekter/sp-2021-04/trin",
    "/projekter/vej/signaturprojekter/sp-2021-04/stop",
    "/projekter/vej/signaturprojekter/sp-2021-04/barriere",
    "/forpligtelser/nyt",
    "/forpligtelser/nyt?indspil=OE-0006",
    "/forpligtelser/foreslaaede",
    "/forpligtelser/F-0004",
    "/forpligtelser/F-0004/rediger",
    "/forpligtelser/F-0004/dag",
    "/forpligtelser/F-0004/afgoerelse",
    "/forpligtelser/F-0001/afgoerelse",
    "/forpligtelser/F-0004/erstat",
    "/forpligtelser/F-0007",
    "/opsummeringer/3/skriv",
    "/opfoelgning/2026?til=sekretariatet",
    "/modereret",
    "/modereret/indsigelser",
    "/modereret/venter",
    "/modereret/afgjorte",
    "/modereret/OE-0002",
    "/modereret/ID-0001",
    "/indbakke",
    "/indbakke?skuffe=forsinket&slags=wish&q=data",
    "/indbakke/OE-0002",
    "/indbakke/OE-0017",
    "/indbakke/IN-0055",
    "/indbakke/lignende",
    "/indbakke/saml?indspil=OE-0011&indspil=IN-0046",
    "/indbakke/svar",
    "/indbakke/svar/1",
    "/indbakke/svar/1/ret",
    "/indbakke/svar/nyt?indspil=OE-0012&skabelon=1",
    "/indbakke/udgivelser/1",
    "/indbakke/skabeloner",
    "/indbakke/skabeloner/ny",
    "/indbakke/skabeloner/1",
    "/indbakke/svarfrist",
    "/ligebehandling",
    "/ligebehandling/log",
    "/ligebehandling/log?udbud=1&aar=2026",
    "/ligebehandling/log/nyt?udbud=1",
    "/ligebehandling/log/1/ret",
    "/ligebehandling/noteret/1",
    "/ligebehandling/huller",
    "/ligebehandling/huller/handout/2",
    "/ligebehandling/lukkede-huller",
    "/ligebehandling/rettelser",
    "/ligebehandling/udtraek",
    "/udbud/nyt",
    "/udbud/1",
    "/udbud/1/ligebehandling",
    "/udbud/1/rediger",
    "/udbud/1/spoergsmaal/1/ret",
    "/trykproever/ny?ide=ID-0001",
    "/trykproever/4",
    "/trykproever/4/aflys",
    "/trykproever/4/bedoemmere/7",
    "/trykproever/1/igen",
    "/trykproever/kriterier",
    "/trykproever/kriterier/nyt",
    "/trykproever/kriterier/1",
    "/modenhed/maal",
    "/modenhed/maal/nyt",
    "/modenhed/maal/1",
)
OPEN = (
    "/status",
    "/",
    "/om",
    "/was",
    "/was/tilbagemelding",
    "/privatliv",
    "/samtykker/regler/1",
    "/samtykker/deltagerliste/1",
    "/samtykker/deltagerliste/2",
    "/samtykker/hensyn/1",
    "/samtykker/slides/1",
    "/samtykker/program/1",
    "/ligebehandling",
    "/ligebehandling/delt",
    "/udbud",
    "/udbud?status=closed",
    "/udbud/1",
    "/opfoelgning",
    "/opfoelgning/2025",
    "/opfoelgning/2026",
    "/opfoelgning/2026/fil?som=pdf",
    "/oensker/OE-0006",
    "/indspil/IN-0008",
    "/svar/forsinkede",
    "/svar/forsinkede?slags=wish&q=data",
    "/historier/OE-0006/fil?som=pdf",
    "/opsummeringer",
    f"/moeder/{MEETING}/opsummering",
    "/temaer/kdp-2021-2025/bedre-velfaerd-og-styring-med-data/opsummering",
    "/sikkerhed",
    "/data",
    "/data/felter",
    "/indlejr",
    "/indlejr?hvad=oensker&tema=kdp-2021-2025/klima-og-ressourcer",
    "/indlejr?hvad=en&adresse=/oensker/OE-0006",
    "/api",
    "/log-ind",
    "/k",
    f"/moeder/{MEETING}/spoerg/37",
    f"/moeder/{MEETING}/afstemninger",
    f"/moeder/{MEETING}/afstemninger/1",
    f"/moeder/{MEETING}/afstemninger/2",
    f"/moeder/{MEETING}/lokale",
    f"/moeder/{MEETING}/tavler/1",
    f"/moeder/{MEETING}/tavler/1?orden=prikker",
    f"/moeder/{MEETING}/tavler/1/kort/IN-0012",
    "/moeder/eksempel-foraar-2027/lokale",
    "/moeder",
    "/moederaekker/dialogforum",
    "/moederaekker/eksempel",
    "/kalender",
    "/moeder?aar=2020&form=virtual",
    "/moeder/10",
    "/moeder/10/program",
    "/moeder/10/indspil",
    "/moeder/10/opfoelgning",
    "/moeder/10/rapport",
    "/moeder/10/rapport?valg=1&del=indspil&navne=uden",
    "/moeder/10/rapport/fil?som=docx",
    f"/moeder/{MEETING}/rapport",
    f"/moeder/{MEETING}",
    f"/moeder/{MEETING}/program",
    f"/moeder/{MEETING}/indspil",
    f"/moeder/{MEETING}/opfoelgning",
    f"/moeder/{MEETING}/plenum",
    f"/moeder/{MEETING}/referat",
    f"/moeder/{MEETING}/referat/udgaver",
    f"/moeder/{MEETING}/referat/udgaver/3",
    f"/moeder/{MEETING}/referat/sammenlign",
    f"/moeder/{MEETING}/evaluering",
    "/moeder/eksempel-sommer-2026/evaluering",
    "/moeder/10/evaluering",
    "/evaluering",
    "/evaluering?raekke=dialogforum",
    "/moeder/folkemoedet-2017-disruption",
    "/moeder/eksempel-foraar-2027",
    "/oplaeg",
    "/oplaeg/1",
    "/oplaeg/3",
    "/oplaeg/3/side/3",
    "/oplaeg/3/side/3/lignende",
    "/oplaeg/3/side/3?citat=data",
    "/oplaeg/3/versioner",
    "/oplaeg/3/version/1",
    "/oplaeg/3/version/1/side/3",
    "/oplaeg/4/side/1",
    "/oensker",
    "/oensker?status=answered",
    "/oensker?svar=ja",
    "/oensker/OE-0002",
    "/forpligtelser",
    "/forpligtelser?tema=fods-2026-2029/et-sammenhaengende-digitalt-fundament",
    "/forpligtelser/plan",
    "/forpligtelser/plan?tema=fods-2026-2029/et-sammenhaengende-digitalt-fundament",
    "/forpligtelser/plan?fra=2024&efter=tema",
    "/forpligtelser/F-0001",
    "/forpligtelser/F-0002",
    "/ideer",
    "/ideer/ID-0001",
    "/indspil/IN-0010",
    "/oensker/OE-0002/anmeld",
    "/oensker/OE-0002/interesse",
    "/behov",
    "/behov?system=personnel&udloeber=24",
    "/behov/BE-0001",
    "/behov/BE-0003",
    "/netvaerk",
    "/netvaerk/eksempelnetvaerket",
    "/netvaerk/fyrbodal-strateg",
    "/temaer",
    "/temaer/kdp-2021-2025",
    "/temaer/kdp-2021-2025/kommunernes-digitale-fundamenter",
    "/temaer/kdp-2021-2025/kommunernes-digitale-fundamenter/sagt?slags=oensker",
    "/temaer/fods-2026-2029/et-sammenhaengende-digitalt-fundament",
    "/temaer/kobling",
    "/temaer/varmekort",
    "/temaer/varmekort?efter=aspekter&strategi=alle",
    "/temaer/uden-loefte",
    "/kommuner",
    "/kommuner/esbjerg",
    "/kommuner?region=nordjylland&interesse=behov",
    "/oensker/OE-0008/kort",
    "/temaer/kdp-2021-2025/klima-og-ressourcer/kort",
    "/modenhed",
    "/kommuner/proevekommune/modenhed",
    "/organisationer",
    "/organisationer/1",
    "/projekter",
    "/projekter/sp-2020-01",
    "/projekter/vej",
    "/projekter/vej?trin=pilot&tema=kdp-2021-2025/klima-og-ressourcer",
    "/projekter/vej/signaturprojekter/sp-2021-04",
    "/projekter/barrierer",
    "/projekter/barrierer?strategi=kdp-2021-2025&slags=signaturprojekter",
    "/projekter/barrierer/jura?tema=kdp-2021-2025/klima-og-ressourcer",
    "/kommuner/esbjerg/politik",
    "/kommuner/esbjerg/projekter",
    "/kommuner/eksempelkommune/projekter",
    "/kommuner/eksempelkommune/projekter/1",
    "/kommuner/eksempelkommune/naboer",
    "/kommuner/eksempelkommune/rapport",
    "/kommuner/eksempelkommune/rapport/fil?som=pdf",
    "/soeg",
    "/soeg?q=målbilleder",
    "/soeg?q=velfærdstekonlogi",
    "/soeg?q=xyzzy",
    "/findes-ikke",
    "/udvalg",
    "/udvalg/eksempel-udvalg-for-teknologi",
    "/udvalg/eksempel-udvalg-for-teknologi/indstillinger",
    "/udvalg/eksempel-udvalg-for-teknologi/indstillinger/1",
    "/udvalg/eksempel-udvalg-for-teknologi/moeder",
    "/udvalg/eksempel-udvalg-for-teknologi/medlemmer",
    "/behov/runder",
    "/behov/runder/eksempel-foraarets-runde",
    "/trykproever",
    "/trykproever?strategi=kdp-2021-2025&resultat=holder",
    "/trykproever/tavle",
    "/trykproever/1",
    "/trykproever/2",
)
# Small pages for other people's sites, called as what they show.
FRAMES = (
    "/indlejr/naeste-moede",
    "/indlejr/oensker",
    "/indlejr/forpligtelser",
    "/indlejr/moeder/10",
    "/indlejr/oplaeg/3/side/3",
)
SIGNED_IN = (
    "/",
    "/ligebehandling",
    "/ligebehandling/noteret",
    "/mit",
    "/mit/medlemskaber",
    "/mit/emner",
    "/mit/foelger",
    "/mit/bidrag",
    "/mit/bidrag?status=venter",
    "/mit/medunderskrift",
    "/ideer?hviler=ja",
    "/mit/konti",
    "/mit/tilmeldinger",
    "/mit/kalender",
    "/mit/sessioner",
    "/mit/noegler",
    "/mit/data",
    "/mit/data/slet",
    "/velkommen",
    "/velkommen/klar",
    "/oensker/OE-0002",
    "/ideer/ID-0001",
    "/oensker/nyt",
    "/ideer/nyt",
)


MUNICIPALITY = (
    "/kommuner/eksempelkommune/politik",
    "/kommuner/eksempelkommune/politik/skriv?politik=eksempelkommune-digitaliseringspolitik",
    "/kommuner/eksempelkommune/politik/koblinger",
    "/kommuner/eksempelkommune/projekter/nyt",
    "/kommuner/eksempelkommune/projekter/1/ret",
    "/kommuner/eksempelkommune/rapport?til=kommunen",
    "/projekter/vej/egne/1/trin",
    "/kommuner/eksempelkommune/modenhed",
    "/kommuner/eksempelkommune/modenhed/ny",
    "/kommuner/eksempelkommune/modenhed/1/ret",
    "/mit/kommune",
    "/mit/kontakt",
    "/behov?kun=vores",
    "/behov/nyt",
    "/behov/BE-0001",
    "/behov/BE-0001/ret",
    "/behov/BE-0001/kvittering",
    "/behov/BE-0001/ligesindede",
    "/behov/BE-0002/gaa-med",
    "/trykproever/alene",
    "/trykproever/alene?strategi=kdp-2021-2025&ide=ID-0001",
    "/trykproever/ny",
    "/trykproever/5",
    "/mit/trykproever",
    "/mit/trykproever/4",
)
ADMIN = (
    "/mit",
    "/driftsjob",
    "/indstillinger",
    "/indstillinger/navn",
    "/indstillinger/logo",
    "/indstillinger/tekster/forside",
    "/indstillinger/tekster/was",
    "/indstillinger/ord/forpligtelser",
    "/indstillinger/mails",
    "/indstillinger/mails/signed_up?sprog=sv",
    "/indstillinger/opbevaring",
    "/brugere",
    "/brugere?q=a",
    "/brugere/4",
    "/brugere/4/saml",
    "/brugere/4/saml?konto=5",
)


def sign_in(site: Site, kind: str) -> Browser:
    browser = site.new_browser()
    assert browser.post("/log-ind/demo", {"kind": kind}).status_code == 303
    return browser


def read(browser: Browser, paths: tuple[str, ...], language: str = "") -> dict[str, str]:
    """The markup of each page; none may fail."""
    pages = {}
    for path in paths:
        response = browser.get(language + path)
        assert response.status_code in (200, 404) and response.status_code != (
            404 if path != "/findes-ikke" else 0
        ), path
        pages[path] = response.text
    return pages


def find_faults(pages: dict[str, str]) -> list[str]:
    """What html-validate says of the pages, and a stricter reader: a list of nothing, a moment told more
    exactly than HTML lets it be, attributes that only htmx knows. People are dropped on an empty group."""
    beside = {
        "a list of nothing": r'<(ul|ol)(?! class="sitters")[^>]*>\s*</\1>',
        "parts of a second": r'<time[^>]* datetime="[^"]*\.\d{4}',
        "an attribute of htmx": r"<[a-z][^>]* hx-",
    }
    found = [
        f"{path}: {fault}"
        for path, page in pages.items()
        for fault, sign in beside.items()
        if re.search(sign, page)
    ]
    return find_html_errors(pages) + found


def test_open_pages_are_valid_html(archive_site: Site) -> None:
    assert find_faults(read(archive_site.new_browser(), OPEN + FRAMES)) == []


@pytest.mark.parametrize("language", ["en", "sv"])
def test_open_pages_stand_in_the_other_languages(archive_site: Site, language: str) -> None:
    pages = read(archive_site.new_browser(), OPEN + FRAMES, f"/{language}")
    assert [path for path, page in pages.items() if f'<html lang="{language}">' not in page] == []


@pytest.mark.parametrize("kind", DEMO)
def test_pages_for_somebody_are_valid_html(archive_site: Site, kind: str) -> None:
    paths = SIGNED_IN + {"staff": STAFF, "municipality": MUNICIPALITY}.get(kind, ())
    if kind == "staff":
        paths = tuple(path for path in paths if path not in ("/oensker/nyt", "/ideer/nyt"))
    assert find_faults(read(sign_in(archive_site, kind), paths)) == []


def test_pages_for_admins_are_valid_html(archive_site: Site) -> None:
    assert find_faults(read(sign_in(archive_site, "admin"), ADMIN)) == []


def test_each_page_has_one_heading_and_a_title_of_its_own(archive_site: Site) -> None:
    pages = read(archive_site.new_browser(), tuple(path for path in OPEN if "?" not in path))
    titles = {path: re.search(r"<title>(.*?)</title>", page, re.DOTALL) for path, page in pages.items()}
    assert [path for path, page in pages.items() if page.count("<h1") != 1] == []
    assert len({found[1] for found in titles.values() if found}) == len(pages)


def test_no_guarded_route_fails_for_anybody(archive_site: Site) -> None:
    """Whoever opens whatever: never a fault of ours, and nothing for who is not meant."""
    faults = []
    for kind in DEMO:
        browser = sign_in(archive_site, kind)
        for route in list_routes(archive_site.app):
            if is_guarded(route) and "GET" in route.methods:
                status = browser.get(fill(re.sub(r"\{([a-z_]+):int\}", "{x:int}", route.path))).status_code
                if status >= 500:
                    faults.append((kind, route.path, status))
    assert faults == []


@pytest.mark.parametrize(
    "path",
    [
        "/oplaeg/99999999999999999999",
        "/organisationer/99999999999999999999",
        "/moeder?aar=99999999999999999999&side=-1",
        "/oensker?side=9999999&tema=x&aspekt=%F0%9F%98%80",
        "/soeg?q=" + "a" * 10_000,
        "/soeg?q=%27%20or%201=1--&side=abc",
        "/temaer/x/y",
        "/oensker/OE-99999999999999999999",
        "/moeder/" + "x" * 5_000,
    ],
)
def test_an_odd_address_is_never_our_fault(archive_site: Site, path: str) -> None:
    assert archive_site.new_browser().get(path).status_code < 500
