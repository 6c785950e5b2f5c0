"""Feeds: what RFC 4287 asks for, whatever the words are."""

from datetime import UTC, datetime

from lxml import etree

from app.core.feeds import ATOM, Feed, FeedEntry, write_feed

FEED = Feed(
    id="https://forum.example/moeder.atom",
    title="Møder & mere",
    subtitle="Nyt",
    address="https://forum.example/en/moeder.atom",
    page="https://forum.example/en/moeder",
    author="Sekretariatet",
    email="post@forum.example",
    language="en",
)
ENTRY = FeedEntry(
    id="https://forum.example/moeder/7",
    title='<script>alert("æ")</script>\x0b',
    text="To\nlinjer & 🎉",
    link="https://forum.example/en/moeder/7",
    published=datetime(2027, 1, 1, 12, tzinfo=UTC),
    updated=datetime(2027, 2, 3, 4, 5, 6, 789, tzinfo=UTC),
    categories=("A & B",),
)


def texts(element: etree._Element) -> list[tuple[str, str]]:
    return [(child.tag.removeprefix(f"{{{ATOM}}}"), child.text or "") for child in element]


def test_an_entry_has_its_name_title_times_link_and_words() -> None:
    root = etree.fromstring(write_feed(FEED, [ENTRY]))
    entry = root.find(f"{{{ATOM}}}entry")
    assert texts(entry) == [
        ("id", "https://forum.example/moeder/7"),
        ("title", '<script>alert("æ")</script>'),
        ("published", "2027-01-01T12:00:00Z"),
        ("updated", "2027-02-03T04:05:06Z"),
        ("link", ""),
        ("category", ""),
        ("summary", "To\nlinjer & 🎉"),
    ]
    link = entry.find(f"{{{ATOM}}}link")
    assert dict(link.attrib) == {
        "rel": "alternate",
        "type": "text/html",
        "hreflang": "en",
        "href": "https://forum.example/en/moeder/7",
    }


def test_the_feed_is_as_new_as_its_newest_entry_and_names_itself() -> None:
    root = etree.fromstring(write_feed(FEED, [ENTRY]))
    said = dict(texts(root))
    assert root.tag == f"{{{ATOM}}}feed"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert (said["id"], said["updated"], said["title"]) == (FEED.id, "2027-02-03T04:05:06Z", "Møder & mere")
    assert texts(root.find(f"{{{ATOM}}}author")) == [
        ("name", "Sekretariatet"),
        ("email", "post@forum.example"),
    ]
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{{{ATOM}}}link")}
    assert links == {"self": FEED.address, "alternate": FEED.page}


def test_a_feed_without_entries_is_a_feed_too() -> None:
    said = dict(texts(etree.fromstring(write_feed(FEED, []))))
    assert said["updated"] == "2014-01-01T00:00:00Z"
