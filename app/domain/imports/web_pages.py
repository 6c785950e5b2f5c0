"""Reading a web page about a meeting, as organisers publish them, into a draft for a person to check.

Nothing of the page is run, fetched or kept as markup: only its words are, in blocks. What is read out of
them is a guess, and what is odd about it is said. Every pattern is bounded, so that no page takes long.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from lxml import etree, html

from app.core.policy import Refused
from app.core.text import fold, shorten

MOST_BYTES: Final = 2_000_000
MOST_BLOCKS: Final = 2_000
LONGEST_BLOCK: Final = 4_000
MOST_ITEMS: Final = 60
MOST_PEOPLE: Final = 120

_LEFT_OUT: Final = {
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "form", "button",
    "select", "textarea", "input", "nav", "footer", "aside", "head", "canvas", "video", "audio",
}  # fmt: skip
_BLOCKS: Final = {
    "p", "li", "td", "th", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "div", "section", "article", "main",
    "ul", "ol", "table", "tbody", "thead", "dl", "dt", "dd", "blockquote", "figure", "figcaption", "header",
    "body", "br", "hr", "pre", "address", "details", "summary",
}  # fmt: skip
_BLANKS: Final = re.compile(r"[\s\u00a0\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, line of a list or row of a table; cells are parted by " | "."""

    tag: str
    text: str

    @property
    def level(self) -> int:
        return int(self.tag[1]) if re.fullmatch("h[1-6]", self.tag) else 0


@dataclass(slots=True)
class Read:
    """A page in blocks with what stood around them."""

    blocks: list[Block] = field(default_factory=list)
    page_title: str = ""
    published: str = ""
    slides: list[dict[str, str]] = field(default_factory=list)

    @property
    def wording(self) -> str:
        return "\n".join(block.text for block in self.blocks)


def read_markup(content: bytes) -> Read:
    """The words of a page. Refused: import_page_empty, import_page_too_large."""
    if len(content) > MOST_BYTES:
        raise Refused("import_page_too_large")
    parser = html.HTMLParser(
        encoding=_encoding_of(content),
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
        recover=True,
    )
    try:
        root = etree.fromstring(content, parser) if content.strip() else None
    except (etree.LxmlError, ValueError, LookupError) as broken:
        raise Refused("import_page_empty") from broken
    if root is None:
        raise Refused("import_page_empty")
    read = Read(_tidy(root.findtext(".//title") or "")[:300])
    read.blocks, read.page_title = [], _tidy(root.findtext(".//title") or "")[:300]
    for name in ("article:published_time", "date", "dcterms.date"):
        found = root.xpath("//meta[@property=$name or @name=$name]/@content", name=name)
        read.published = read.published or (str(found[0])[:10] if found else "")
    main = next(iter(root.xpath("//main|//*[@role='main']")), None)
    if main is None:
        main = next(iter(root.xpath("//article")), None)
    start = main if main is not None else root
    read.blocks = list(_blocks_of(start))
    read.slides = list(_slides_of(start))
    if not read.blocks:
        raise Refused("import_page_empty")
    return read


def _encoding_of(content: bytes) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _tidy(text: str) -> str:
    return _BLANKS.sub(" ", _UNWRITABLE.sub("", text)).strip()


def _blocks_of(root: Any) -> Iterator[Block]:
    """In the order of the page; without recursion, as a hostile page nests without end."""
    tag, words, count = "p", [], 0
    skipped: Any = None
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        name = node.tag.lower()
        if skipped is not None:
            if event == "end" and node is skipped:
                skipped = None
                words.append(node.tail or "")
            continue
        if event == "start" and (name in _LEFT_OUT or node.get("hidden") is not None):
            skipped = node
            continue
        is_cell = name in ("td", "th")
        if name in _BLOCKS and not is_cell:
            if text := _tidy("".join(words)).strip("| "):
                count += 1
                if count > MOST_BLOCKS:
                    return
                yield Block(tag, text[:LONGEST_BLOCK])
            words, tag = [], name if event == "start" and (name[0] == "h" or name in ("li", "tr")) else "p"
        elif is_cell and event == "end":
            words.append(" | ")
        if event == "start":
            words.append(node.text or "")
        elif node is not root:
            words.append(node.tail or "")
    if text := _tidy("".join(words)).strip("| "):
        yield Block(tag, text[:LONGEST_BLOCK])


def _slides_of(root: Any) -> Iterator[dict[str, str]]:
    for link in root.xpath(".//a[@href]")[:500]:
        address = str(link.get("href"))[:1000]
        if re.search(r"\.(pdf|pptx?|odp)($|[?#])", address, re.IGNORECASE):
            yield {"text": _tidy("".join(link.itertext()))[:200], "address": address}


# --- what is read out of it


_MONTHS: Final = tuple(
    "januar februar marts april maj juni juli august september oktober november december".split()  # noqa: SIM905
)
_MONTH: Final = "|".join(_MONTHS) + "|jan|feb|mar|apr|jun|jul|aug|sep|sept|okt|nov|dec"
_WEEKDAYS: Final = ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"]
_DAY: Final = re.compile(
    rf"(?:\b({'|'.join(_WEEKDAYS)})\s{{1,3}})?(?:den\s{{1,3}})?\b(\d{{1,2}})\.?\s{{0,3}}(?:/\s?|\s)?({_MONTH})\b\.?"
    r"(?:\s{1,3}((?:19|20|21)\d{2})\b)?",
    re.IGNORECASE,
)
_FIGURES: Final = re.compile(r"\b(\d{1,2})[./-](\d{1,2})[./-]((?:19|20)\d{2})\b")
_ISO: Final = re.compile(r"\b((?:19|20)\d{2})-(\d{2})-(\d{2})\b")
_IN_MONTH: Final = re.compile(rf"\bi\s({'|'.join(_MONTHS)})\s((?:19|20)\d{{2}})\b", re.IGNORECASE)
_YEAR: Final = re.compile(r"(?<![\d–-])\b((?:19|20)\d{2})\b(?!\s?[–-]\s?\d)")
_SPAN: Final = re.compile(r"\b((?:19|20)\d{2})\s?[-–]\s?((?:19|20)\d{2})\b")
_NUMBER: Final = re.compile(
    r"\b(\d{1,3})\.?\s{0,2}(?:-\s?)?møde\s?i\s?dialogforum|dialogforum(?:s\smøde)?\s(?:nr\.?|nummer)\s?(\d{1,3})\b",
    re.IGNORECASE,
)
_NUMBER_IN_PATH: Final = re.compile(r"/(\d{1,3})-+moede?-i-dialogforum", re.IGNORECASE)
_CLOCKS: Final = re.compile(
    r"^(?:kl\.?\s?)?(\d{1,2})[.:](\d{2})(?:\s?(?:[-–]|til)\s?(?:kl\.?\s?)?(\d{1,2})[.:](\d{2}))?\s?[|:–-]?\s?(.*)$",
    re.IGNORECASE,
)
_FROM_TO: Final = re.compile(
    r"\b(?:kl\.?|klokken|fra)\s{0,2}(\d{1,2})(?:[.:](\d{2}))?\s?(?:[-–]|til)\s?(?:kl\.?\s?)?(\d{1,2})(?:[.:](\d{2}))?",
    re.IGNORECASE,
)
_COUNT: Final = (
    r"((?:ca\.|cirka|omkring|godt|knap|over|mere end|flere end|næsten)\s)?(\d{1,3}(?:\.\d{3})?|\d{1,5})\s"
)
_PEOPLE_COUNT: Final = re.compile(
    _COUNT + r"(?:[a-zæøå-]{2,20}\s){0,2}?(deltagere|personer|mennesker|repræsentanter|fremmødte)\b",
    re.IGNORECASE,
)
_VENDOR_COUNT: Final = re.compile(
    _COUNT
    + r"(?:[a-zæøå-]{2,20}\s){0,2}?(leverandører|it-leverandører|virksomheder|leverandørvirksomheder)\b",
    re.IGNORECASE,
)
_VENUE: Final = re.compile(r"\b(?:sted|lokation|mødested)\s?:\s?([^|.\n]{2,150})", re.IGNORECASE)
_TOPICS: Final = re.compile(
    r"\b(?:temaet|temaerne|emnet|emnerne)\s(?:for\smødet\s|på\smødet\s|denne\sgang\s)?(?:var|er)\s?:?\s([^.:\n]{3,300})",
    re.IGNORECASE,
)
_NO_ITEM: Final = re.compile(
    r"^(program|dagsorden|kontakt|læs (også|mere)|tid og sted|tilmeld|præsentation|materiale|download|"
    r"relateret|fakta|del |baggrund|om dialogforum|emner|temaer|næste møde|sted|dato|se (også|mere))",
    re.IGNORECASE,
)
_TITLE_WORD: Final = (
    r"(?:adm\.\s|administrerende\s|senior\s?|fungerende\s|konstitueret\s)?"
    r"[a-zæøå]{0,20}-?[a-zæøå]{0,20}?(?:direktør|chef|konsulent|leder|formand|borgmester|rådgiver|arkitekt|professor|"
    r"lektor|minister|partner|koordinator|udvikler|redaktør|ceo|cto|cio|manager|medarbejder|analytiker)"
)
_TITLE: Final = rf"((?:tidligere\s|forhenværende\s|fhv\.\s)?{_TITLE_WORD})"
_PART_OF_NAME: Final = r"[A-ZÆØÅÉÖÄ][a-zæøåéöäüß'’.-]{0,25}(?:[A-ZÆØÅ][a-zæøåé]{1,20})?"
_NAME: Final = rf"({_PART_OF_NAME}(?:\s(?:von|van|de|af|{_PART_OF_NAME})){{1,4}})"
_ORG: Final = r"([A-ZÆØÅ0-9][^,.;|()–\n]{1,60})"
_TITLE_FIRST: Final = re.compile(
    rf"\b(?i:{_TITLE})(?:\s(?:i|hos|ved|for|fra)\s{_ORG},)?,?\s{_NAME}(?:,?\s(?:fra|i|hos|ved)\s{_ORG}|,\s{_ORG})?"
)
_NAME_FIRST: Final = re.compile(rf"\b{_NAME},\s(?i:{_TITLE})(?:\s(?:i|hos|ved|for|fra)\s{_ORG}|,\s{_ORG})?")
_END_OF_ORG: Final = re.compile(
    r"\s(?:bød|holdt|fortalte|præsenterede|indledte|gav|talte|åbnede|orienterede|gjorde|satte|viste|og|samt|var|som|"
    r"om|med|på|der|havde|ledte|styrede|faciliterede|rundede|sagde|deltog)\b.*$"
)
_FORMER: Final = re.compile(r"^(tidligere|forhenværende|fhv\.)\s", re.IGNORECASE)
_KINDS: Final = (
    ("break", r"\b(pause|frokost|kaffe|netværk og|sandwich)"),
    ("welcome", r"\b(velkomst|velkommen|ankomst|registrering)"),
    ("group_session", r"(gruppe|workshop|bordene)"),
    ("panel", r"\b(panel|debat)"),
    ("plenary", r"\b(opsamling|afrunding|dialog|plenum|tak for)"),
    ("status", r"\b(status|siden sidst|nyt fra)"),
)


def read_meeting(read: Read, source_url: str, today: date) -> dict[str, Any]:
    """What the page tells of its meeting, and what is odd about it: plain JSON."""
    text = "\n".join(block.text for block in read.blocks)
    heading = next((block.text for block in read.blocks if block.level == 1), read.page_title)
    odd: list[dict[str, str]] = []
    number = _find_number(heading, read.page_title, text, source_url, odd)
    found: dict[str, Any] = {
        "heading": heading[:300],
        "number": number,
        "title": _find_title(heading, read.blocks),
        "introduction": _find_introduction(read.blocks),
        "slides": read.slides[:50],
    }
    found |= _find_day(read, text, today, odd)
    found |= _find_form(text)
    found |= _find_counts(text)
    clocks = _FROM_TO.search(text)
    found["starts"] = _clock(clocks[1], clocks[2]) if clocks else ""
    found["ends"] = _clock(clocks[3], clocks[4]) if clocks else ""
    found["topics"] = _find_topics(read.blocks, text)
    found["items"] = _find_items(read.blocks)
    _note_spans(text, odd)
    _note_roles(found["items"], odd)
    if not found["title"]:
        odd.append({"code": "import_odd_title", "original": heading[:200]})
    found["odd"] = odd[:50]
    return found


def _find_number(
    heading: str, page_title: str, text: str, source_url: str, odd: list[dict[str, str]]
) -> int | None:
    said = next(
        (int(hit[1] or hit[2]) for one in (heading, page_title, text[:3000]) if (hit := _NUMBER.search(one))),
        None,
    )
    in_path = _NUMBER_IN_PATH.search(source_url)
    if in_path and said and int(in_path[1]) != said:
        odd.append({"code": "import_odd_number", "original": f"{said} / {in_path[1]}"})
    number = said or (int(in_path[1]) if in_path else None)
    return number if number else None


def _find_title(heading: str, blocks: list[Block]) -> str:
    """What stands beside "8. møde i Dialogforum"; else the heading below it."""
    rest = _NUMBER.sub("", heading).replace("Det ", "", 1).strip(" :–-|")
    if len(rest) > 3:
        return rest[:200]
    after = [block for block in blocks if block.level in (1, 2) and not _NO_ITEM.match(block.text)]
    below = [block for block in after if not _NUMBER.search(block.text)]
    return shorten(below[0].text, 200) if below else ""


def _find_introduction(blocks: list[Block]) -> str:
    first = next((n for n, block in enumerate(blocks) if block.level == 1), -1)
    for block in blocks[first + 1 :]:
        if block.level:
            return ""
        if block.tag == "p" and len(block.text) > 60 and not _CLOCKS.match(block.text):
            return block.text
    return ""


def _find_day(read: Read, text: str, today: date, odd: list[dict[str, str]]) -> dict[str, Any]:
    """The day of the meeting and how sure it is: one with a year before one without."""
    told = {"date": "", "date_certainty": "stated", "date_note": ""}
    days = list(_list_days(text))
    whole = next((one for one in days if one[1] is not None), None)
    if whole is not None:
        original, day, weekday = whole
        assert day is not None
        if weekday and _WEEKDAYS[day.weekday()] != weekday:
            odd.append({"code": "import_odd_weekday", "original": original})
        return told | {"date": day.isoformat(), "date_note": ""}
    if days:
        original, _, weekday = days[0]
        day = _infer_year(original, weekday, text, read.published, today)
        odd.append({"code": "import_odd_year", "original": original})
        note = f"Siden skriver »{original}« uden årstal."
        return {
            "date": day.isoformat() if day else "",
            "date_certainty": "year_inferred",
            "date_note": note,
        }
    month = _IN_MONTH.search(text)
    if month:
        first = date(int(month[2]), _MONTHS.index(month[1].lower()) + 1, 1)
        return told | {"date": first.isoformat(), "date_certainty": "month"}
    if _ISO.fullmatch(read.published) and (day := _day(*map(int, read.published.split("-")))):
        odd.append({"code": "import_odd_article", "original": read.published})
        return told | {"date": day.isoformat(), "date_certainty": "article_date"}
    odd.append({"code": "import_odd_no_day", "original": ""})
    return told


def _list_days(text: str) -> Iterator[tuple[str, date | None, str]]:
    """(as written, the day or None without a year, the weekday that is named), in the order of the text."""
    found: list[tuple[int, str, date | None, str]] = []
    for hit in _DAY.finditer(text):
        month = next(
            n for n, name in enumerate(_MONTHS, 1) if name.startswith(hit[3].lower().rstrip(".")[:3])
        )
        written = " ".join(hit[0].split())
        written = written[4:] if written.lower().startswith("den ") else written
        if hit[4] is None:
            if _day(2020, month, int(hit[2])):
                found.append((hit.start(), written, None, (hit[1] or "").lower()))
        elif day := _day(int(hit[4]), month, int(hit[2])):
            found.append((hit.start(), written, day, (hit[1] or "").lower()))
    for pattern, order in ((_FIGURES, (3, 2, 1)), (_ISO, (1, 2, 3))):
        for hit in pattern.finditer(text):
            if day := _day(*(int(hit[n]) for n in order)):
                found.append((hit.start(), hit[0], day, ""))
    for _, written, day, weekday in sorted(found, key=lambda one: one[0]):
        yield written, day, weekday


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _infer_year(original: str, weekday: str, text: str, published: str, today: date) -> date | None:
    """By the weekday among the years that the page names, then by the day it was published."""
    hit = _DAY.search(original)
    assert hit
    month = next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(hit[3].lower().rstrip(".")[:3]))
    years = [int(one) for one in _YEAR.findall(text) if 2000 <= int(one) <= today.year]
    if _ISO.fullmatch(published):
        years.insert(0, int(published[:4]))
    fits = [day for year in dict.fromkeys(years) if (day := _day(year, month, int(hit[2]))) and day <= today]
    if weekday:
        right = [day for day in fits if _WEEKDAYS[day.weekday()] == weekday]
        fits = right or fits
    return fits[0] if fits else None


def _find_form(text: str) -> dict[str, str]:
    folded = text.lower()
    venue = _VENUE.search(text)
    place = _tidy(venue[1])[:150] if venue else ""
    if not place and re.search(r"\bkl-?huset\b", folded):
        place = "KL-huset, København"
    form, certainty, note = "unknown", "unknown", ""
    if re.search(r"\bhybrid", folded):
        form, certainty = "hybrid", "stated"
    elif re.search(r"\b(virtuel\w{0,3}|online|digitalt møde|teams|zoom)\b", folded):
        form, certainty = "virtual", "stated"
    elif re.search(r"\bfysisk", folded):
        form, certainty = "physical", "stated"
    elif place:
        form, certainty, note = "physical", "inferred", "Udledt af stedet."
    return {"format": form, "format_certainty": certainty, "format_note": note, "venue": place}


def _find_counts(text: str) -> dict[str, Any]:
    people, vendors = _PEOPLE_COUNT.search(text), _VENDOR_COUNT.search(text)
    said = [_tidy(hit[0]) for hit in (people, vendors) if hit]
    return {
        "participants_approx": int(people[2].replace(".", "")) if people else None,
        "vendor_companies": int(vendors[2].replace(".", "")) if vendors else None,
        "participants_text": " og ".join(said)[:200],
    }


def _find_topics(blocks: list[Block], text: str) -> list[str]:
    topics: list[str] = []
    is_in = False
    for block in blocks:
        if block.level or fold(block.text).rstrip(":") in ("emner", "temaer", "paa dagsordenen"):
            is_in = bool(re.match(r"(emner|temaer|på dagsordenen|tema)\b", block.text, re.IGNORECASE))
        elif is_in and block.tag == "li":
            topics.append(block.text[:200])
    if not topics and (said := _TOPICS.search(text)):
        topics = [part.strip() for part in re.split(r",\s|\sog\s", said[1]) if part.strip()]
    return topics[:20]


def _clock(hour: str | None, minute: str | None) -> str:
    if hour is None or int(hour) > 23 or int(minute or 0) > 59:
        return ""
    return f"{int(hour):02}.{int(minute or 0):02}"


def _find_items(blocks: list[Block]) -> list[dict[str, Any]]:
    """Lines that begin with a time; where there are none, the sections of the page."""
    timed = list(_timed_items(blocks))
    items = timed if len(timed) > 1 else list(_sections(blocks))
    people = 0
    for item in items:
        item["people"] = item["people"][: max(0, MOST_PEOPLE - people)]
        people += len(item["people"])
    return items[:MOST_ITEMS]


def _timed_items(blocks: list[Block]) -> Iterator[dict[str, Any]]:
    current: dict[str, Any] | None = None
    for block in blocks:
        hit = _CLOCKS.match(block.text)
        if hit and hit[5] and not block.level and _clock(hit[1], hit[2]):
            if current:
                yield current
            title, *cells = [part.strip() for part in hit[5].split(" | ")]
            named, _, rest = title.partition(" v/")
            current = _item(named if rest else title, block.text)
            current["starts"], current["ends"] = _clock(hit[1], hit[2]), _clock(hit[3], hit[4])
            _add_people(current, " | ".join([rest, *cells]) if rest else " | ".join([title, *cells]))
            current["title"] = _without_people(current)
            current["summary"] = "\n".join(cell for cell in cells if not _names_in(cell))
        elif block.level and current:
            yield current
            current = None
        elif current and not _NO_ITEM.match(block.text):
            _add_people(current, block.text)
            current["original"] = f"{current['original']}\n{block.text}"[:LONGEST_BLOCK]
            if not _is_only_people(block.text):
                current["summary"] = f"{current['summary']}\n{block.text}".strip()[:LONGEST_BLOCK]
    if current:
        yield current


def _sections(blocks: list[Block]) -> Iterator[dict[str, Any]]:
    current: dict[str, Any] | None = None
    is_begun = False
    for block in blocks:
        if block.level == 1 or not (is_begun or block.level):
            continue
        if block.level:
            is_begun = True
            if current:
                yield current
            current = None if _NO_ITEM.match(block.text) else _item(block.text, block.text)
        elif current:
            _add_people(current, block.text)
            current["summary"] = f"{current['summary']}\n{block.text}".strip()[:LONGEST_BLOCK]
            current["original"] = f"{current['original']}\n{block.text}"[:LONGEST_BLOCK]
    if current:
        yield current


def _item(title: str, original: str) -> dict[str, Any]:
    folded = title.lower()
    kind = next((code for code, pattern in _KINDS if re.search(pattern, folded)), "talk")
    return {
        "kind": kind,
        "title": title[:200],
        "starts": "",
        "ends": "",
        "summary": "",
        "people": [],
        "original": original[:LONGEST_BLOCK],
    }


def _without_people(item: dict[str, Any]) -> str:
    """The title without those who gave the talk, where they stand at its end."""
    title: str = item["title"]
    for person in item["people"]:
        place = title.find(person["name"])
        if place > 3:
            before = title[:place]
            cut = re.sub(rf"(?:{_TITLE_WORD})?[\s,:–-]*(?:v/|ved)?\s*$", "", before, flags=re.IGNORECASE)
            title = cut.rstrip(" ,:–-|") or title
    return title[:200]


def _is_only_people(text: str) -> bool:
    return len(text) < 160 and bool(_names_in(text))


def _names_in(text: str) -> list[dict[str, Any]]:
    """Who is named with a title, in the order of the text."""
    found: dict[int, dict[str, Any]] = {}
    taken: list[tuple[int, int]] = []
    for pattern in (_NAME_FIRST, _TITLE_FIRST):
        for hit in pattern.finditer(text):
            if any(hit.start() < end and start < hit.end() for start, end in taken):
                continue
            taken.append(hit.span())
            if len(taken) > MOST_PEOPLE:
                break
            if pattern is _NAME_FIRST:
                name, title, organisation, start = hit[1], hit[2], hit[3] or hit[4] or "", hit.start(1)
            else:
                name, title, start = hit[3], hit[1], hit.start(3)
                organisation = hit[2] or hit[4] or hit[5] or ""
            former = _FORMER.match(title)
            found.setdefault(
                start,
                {
                    "name": name.strip(" .,-")[:200],
                    "title": _FORMER.sub("", title).strip()[:200],
                    "organisation": _END_OF_ORG.sub("", organisation).strip(" .")[:200],
                    "role": "speaker",
                    "is_former": bool(former),
                },
            )
    return [found[at] for at in sorted(found)]


def _add_people(item: dict[str, Any], text: str) -> None:
    known = {(one["name"], one["title"], one["organisation"]) for one in item["people"]}
    for one in _names_in(text):
        if re.search(r"\b(ordstyrer|moderator|facilitator)\b", text[:400], re.IGNORECASE):
            one["role"] = "moderator"
        elif item["kind"] == "panel":
            one["role"] = "panellist"
        elif item["kind"] == "welcome":
            one["role"] = "host"
        if (one["name"], one["title"], one["organisation"]) not in known:
            item["people"].append(one)


# --- what is odd


def _note_spans(text: str, odd: list[dict[str, str]]) -> None:
    """Years that run backwards, or over more than a working life."""
    for hit in _SPAN.finditer(text):
        first, last = int(hit[1]), int(hit[2])
        if last < first or last - first > 40:
            note = {"code": "import_odd_span", "original": hit[0]}
            if note not in odd:
                odd.append(note)


def _note_roles(items: Iterable[dict[str, Any]], odd: list[dict[str, str]]) -> None:
    """Somebody who stands with two titles, or in two organisations."""
    titles: dict[str, dict[str, None]] = {}
    for item in items:
        for one in item["people"]:
            told = ", ".join(part for part in (one["title"].lower(), one["organisation"]) if part)
            titles.setdefault(one["name"], {})[told] = None
    for name, several in titles.items():
        distinct = [one for one in several if one]
        if len(distinct) > 1:
            odd.append({"code": "import_odd_roles", "original": f"{name}: {' / '.join(distinct)}"[:200]})
