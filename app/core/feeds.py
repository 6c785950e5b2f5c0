"""Feeds (Atom, RFC 4287) for feed readers: what came or changed last."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as xml

FEED_TYPE = "application/atom+xml; charset=utf-8"
ATOM = "http://www.w3.org/2005/Atom"
# A feed without entries says that nothing has happened since before there was a forum.
_BEFORE_ALL = datetime(2014, 1, 1, tzinfo=UTC)
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry. `id` is an address that never changes, `link` the page to read, in the reader's language."""

    id: str
    title: str
    text: str
    link: str
    published: datetime
    updated: datetime
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """What stands above the entries. `address` is the feed's own, `page` the one that shows the same."""

    id: str
    title: str
    subtitle: str
    address: str
    page: str
    author: str
    email: str
    language: str


def write_feed(feed: Feed, entries: Sequence[FeedEntry]) -> bytes:
    """The feed as XML, the same bytes for the same entries."""
    root = xml.Element("feed", {"xmlns": ATOM, "xml:lang": feed.language})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "subtitle", feed.subtitle)
    _add(root, "updated", _stamp(max((entry.updated for entry in entries), default=_BEFORE_ALL)))
    author = _add(root, "author")
    _add(author, "name", feed.author)
    _add(author, "email", feed.email)
    _add(root, "link", rel="self", type="application/atom+xml", href=feed.address)
    _add(root, "link", rel="alternate", type="text/html", hreflang=feed.language, href=feed.page)
    for entry in entries:
        one = _add(root, "entry")
        _add(one, "id", entry.id)
        _add(one, "title", entry.title)
        _add(one, "published", _stamp(entry.published))
        _add(one, "updated", _stamp(entry.updated))
        _add(one, "link", rel="alternate", type="text/html", hreflang=feed.language, href=entry.link)
        for category in entry.categories:
            _add(one, "category", term=category)
        _add(one, "summary", entry.text)
    xml.indent(root)
    return xml.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _add(parent: xml.Element, name: str, text: str | None = None, **attributes: str) -> xml.Element:
    element = xml.SubElement(parent, name, {key: _clean(value) for key, value in attributes.items()})
    if text is not None:
        element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return _NOT_IN_XML.sub("", text)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
