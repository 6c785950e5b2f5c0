"""Open data: what a stranger may read, as files; nobody's names beyond that, no formulas."""

import csv
import io
import re

import openpyxl
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF
from sqlalchemy import select

from app.domain.contributions.models import Interest
from app.domain.meetings.models import Appearance
from app.domain.users.models import Person, User
from app.http.spreadsheets import guard_cell
from app.web.opendata import SETS
from tests.site import Site

PLANTED = {"0001", "0002"}  # of the people of the tests, where others have looked at the site as them


def test_each_set_is_the_same_rows_in_each_file_and_its_columns_are_explained(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    explained = browser.get("/data/felter").text
    for name, data in SETS.items():
        text = browser.get(f"/data/{name}.csv").content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        found = browser.get(f"/data/{name}.json").json()
        sheet = openpyxl.load_workbook(io.BytesIO(browser.get(f"/data/{name}.xlsx").content)).worksheets[0]
        assert tuple(rows[0]) == data.names
        assert len(rows) == len(found["rows"]) + 1 == sheet.max_row
        assert all(tuple(row) == data.names for row in found["rows"])
        section = explained.partition(f'id="{name}"')[2].partition("</section>")[0]
        assert re.findall(r'<dt><code lang="en">(\w+)</code>', section) == list(data.names)
        assert all(column.heading and column.means for column in data.columns)


def test_all_98_municipalities_are_there(archive_site: Site) -> None:
    rows = archive_site.new_browser().get("/data/kommuner.json").json()["rows"]
    real = [row["code"] for row in rows if not row["is_example"] and row["code"] not in PLANTED]
    assert len(set(real)) == len(real) == 98


def test_an_unknown_set_is_missing(archive_site: Site) -> None:
    assert archive_site.new_browser().get("/data/brugere.csv").status_code == 404


def test_the_only_people_in_the_files_are_those_of_public_programmes(archive_site: Site) -> None:
    """Everybody whose name or address is held, against every cell of every file."""
    with archive_site.unit() as session:
        accounts = session.execute(select(User.name, User.email).order_by(User.id)).all()
        spoke = set(session.scalars(select(Appearance.person_name).order_by(Appearance.id)))
        said_by = set(session.scalars(select(Person.name).order_by(Person.id)))
        signed = session.scalars(select(Interest.contact).order_by(Interest.id)).all()
    held = {name for name, _email in accounts} | said_by | set(signed)
    private = {name for name in held if " " in name and name not in spoke}
    browser = archive_site.new_browser()
    files = {name: browser.get(f"/data/{name}.json").text for name in SETS}
    assert len(private) > 5 and len(accounts) > 5
    assert [(name, one) for name, text in files.items() for one in private if one in text] == []
    assert [name for name, text in files.items() if "@" in text] == []
    named = {name for name, text in files.items() if any(one in text for one in spoke if " " in one)}
    assert {"oplaegsholdere", "oplaeg"} <= named


DCAT = Namespace("http://www.w3.org/ns/dcat#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
# What DCAT-AP 3.0.0 says must be there, and what kind of thing it is.
MUST = {
    DCAT.Catalog: {
        DCTERMS.title: Literal, DCTERMS.description: Literal, DCTERMS.publisher: URIRef, DCAT.dataset: URIRef,
    },
    DCAT.Dataset: {
        DCTERMS.title: Literal, DCTERMS.description: Literal, DCTERMS.publisher: URIRef,
        DCAT.contactPoint: URIRef, DCAT.distribution: URIRef, DCAT.theme: URIRef,
        DCTERMS.accessRights: URIRef,
    },
    DCAT.Distribution: {
        DCAT.accessURL: URIRef, DCAT.downloadURL: URIRef, DCTERMS.license: URIRef, DCTERMS.format: URIRef,
        DCAT.mediaType: URIRef,
    },
    FOAF.Agent: {FOAF.name: Literal},
    VCARD.Organization: {VCARD.fn: Literal, VCARD.hasEmail: URIRef},
}  # fmt: skip


def test_the_catalogue_is_what_the_profile_asks_for(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    answer = browser.get("/data/katalog.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    graph = Graph().parse(data=answer.text, format="json-ld")
    counts = {}
    for kind, properties in MUST.items():
        things = set(graph.subjects(RDF.type, kind))
        counts[kind] = len(things)
        for thing in things:
            for name, value_kind in properties.items():
                values = list(graph.objects(thing, name))
                assert values and all(isinstance(value, value_kind) for value in values), (thing, name)
    assert counts == {
        DCAT.Catalog: 1,
        DCAT.Dataset: len(SETS),
        DCAT.Distribution: 3 * len(SETS),
        FOAF.Agent: 1,
        VCARD.Organization: 1,
    }
    titles = list(graph.objects(None, DCTERMS.title))
    assert all(title.language in ("da", "en") for title in titles)
    for address, media_type in graph.query(
        "select ?a ?m { ?d dcat:downloadURL ?a ; dcat:mediaType ?m }", initNs={"dcat": DCAT}
    ):
        sent = browser.get(str(address).removeprefix("http://testserver")).headers["content-type"]
        assert str(media_type).endswith("/" + sent.partition(";")[0])


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    assert str(guard_cell(text)).lstrip()[:1] not in ("=", "+", "-", "@")


def test_addresses_in_the_sitemap_can_be_read_by_a_stranger(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    paths = re.findall(r"<loc>http://testserver([^<]*)</loc>", browser.get("/sitemap.xml").text)
    assert len(paths) > 250
    # The lists whole, and every fourth of what they lead to.
    tried = paths[:30] + paths[30::4]
    assert [path for path in tried if browser.get(path).status_code != 200] == []
