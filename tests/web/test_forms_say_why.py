"""Every form in which people write says who is responsible and why it asks, or asks nothing about people."""

import re
from html.parser import HTMLParser

import pytest

from app.http.pages import TEMPLATES
from tests.site import Site
from tests.test_pages import MEETING, OPEN, SIGNED_IN, STAFF, sign_in

# Forms in which nobody writes about people, by their template: facts of meetings and organisations, words to
# search for, and what is chosen and not written.
NOT_ABOUT_PEOPLE = {
    "boards/arrange.html": "the name of a cluster",
    "boards/arrange_parts.html": "the same",
    "boards/plan.html": "how boards work",
    "boards/rules.html": "how a board works",
    "carry_over/show.html": "why something comes on the programme, or not",
    "closing/show.html": "the days for answers and comments",
    "evaluations/show.html": "the last day for answers",
    "groups/round.html": "how many groups",
    "imports/addresses.html": "old addresses of pages",
    "inbox/answer.html": "the name of what goes out together",
    "inbox/answer_form.html": "an answer that everybody reads",
    "inbox/answers.html": "the name of what goes out together",
    "inbox/case.html": "what a gathering is called",
    "inbox/correction.html": "an answer that everybody reads",
    "inbox/gather.html": "what a gathering is called",
    "inbox/hearing.html": "the day of a hearing",
    "inbox/hearing_decide.html": "why something is given out or kept",
    "inbox/idea_field_form.html": "what ideas are asked about",
    "inbox/rule.html": "how many days",
    "inbox/template_form.html": "words to begin answers from",
    "ledger/parts.html": "a question that everybody reads, and names of organisations",
    "minutes/reopen.html": "why minutes are changed",
    "minutes/show.html": "the last day for comments",
    "networks/form.html": "facts about a network",
    "organisations/edit.html": "facts about an organisation",
    "outbox/batch.html": "the words of a mail to many",
    "outbox/message.html": "the same",
    "planning/copy.html": "the meeting",
    "planning/item.html": "the programme",
    "planning/meeting.html": "the meeting",
    "planning/new_date.html": "the meeting",
    "planning/programme.html": "the programme",
    "planning/reason.html": "why the meeting is off",
    "planning/room.html": "how a room works",
    "planning/seats.html": "the seats of a meeting",
    "polls/form.html": "a question to everybody",
    "site/logo.html": "a picture of the site",
    "tenders/question.html": "a question that everybody reads",
    "tenders/show.html": "where a tender is announced",
    "tenders/write.html": "the tender",
    "themes/crosswalk.html": "what became of a theme",
}
ACTIONS_NOT_ABOUT_PEOPLE = re.compile(
    r"^/(moeder/nyt|moeder/[^/]+/rediger(/.*)?|moeder/[^/]+/(kopi|indspil/maerk)|oplaeg/\d+/ret|mit/emner"
    r"|import/adresser(/fjern)?|organisationer/[^/]+/rediger|netvaerk/(nyt|[^/]+/rediger)|udbakke/\d+/(tekst|send)|moeder/[^/]+/afstemninger/(ny|\d+/ret)|moeder/[^/]+/skriv"
    r"|indbakke/(svar/.+|saml|svarfrist|udgivelser|skabeloner/.+|[A-Z]+-\d+/navn|idefelter/.+|hoeringer/\d+/.+)"
    r"|indbakke/[A-Z]+-\d+/udbud|udbud/(nyt|\d+/(rediger|bekendtgoerelser|spoergsmaal/\d+/ret))"
    r"|indstillinger/(navn|logo|tekster/[^/]+|ord/[^/]+|mails/[^/]+)"
    r"|opsummeringer/\d+/saetninger/\d+|temaer/kobling"
    r"|moeder/[^/]+/evaluering/frist|moeder/[^/]+/referat/(aabn|ny-udgave)"
    r"|moeder/[^/]+/tavler/(nye|\d+/ret|\d+/klynger(/\d+)?))$"
)
WRITTEN = re.compile(
    r"\b(text_field|text_area|file_field|place_fields|who_fields|deck_fields)\(|<textarea|type=\"(text|email|file|tel)\""
)
FORM = re.compile(r"form_start\((?:(?!form_start\().)*?form_end\(\)|<form(?:(?!<form).)*?</form>", re.DOTALL)


def written_forms(template: str) -> list[str]:
    return [form for form in FORM.findall(template) if WRITTEN.search(form) and 'method="get"' not in form]


def test_every_template_with_a_form_says_why_it_asks_or_is_known_not_to_ask_about_people() -> None:
    silent, needless = set(), set(NOT_ABOUT_PEOPLE)
    for path in sorted(TEMPLATES.glob("**/*.html")):
        name = str(path.relative_to(TEMPLATES))
        forms = written_forms(path.read_text())
        if name in NOT_ABOUT_PEOPLE and any("asks_because" not in form for form in forms):
            needless.discard(name)
        elif name != "parts/forms.html" and any("asks_because" not in form for form in forms):
            silent.add(name)
    assert silent == set()
    assert needless == set(), "these no longer need to be listed"


class Forms(HTMLParser):
    """The forms of a page that are posted and written in: {action: whether it says why it asks}."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, bool] = {}
        self._action: str | None = None
        self._is_written = self._says_why = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "form" and given.get("method") == "post":
            self._action, self._is_written, self._says_why = given.get("action") or "", False, False
        is_text = tag == "input" and given.get("type", "text") in ("text", "email", "tel", "file", "url")
        self._is_written |= is_text or tag == "textarea"
        self._says_why |= given.get("class") == "asks-because"

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._action is not None:
            if self._is_written:
                self.found[self._action] = self._says_why
            self._action = None


def forms_of(html: str) -> dict[str, bool]:
    reader = Forms()
    reader.feed(html)
    return reader.found


PLANNING = (
    f"/moeder/{MEETING}/rediger/program/punkt/nyt",
    "/mit/data/slet",
    "/mit/konti",
    "/mit/emner",
    "/was/tilbagemelding",
)


@pytest.mark.parametrize("kind", ["stranger", "vendor", "municipality", "staff", "admin"])
def test_every_form_on_a_page_says_who_is_responsible_and_why_it_asks(archive_site: Site, kind: str) -> None:
    browser = archive_site.new_browser() if kind == "stranger" else sign_in(archive_site, kind)
    seen: dict[str, bool] = {}
    for path in dict.fromkeys((*OPEN, *SIGNED_IN, *STAFF, *PLANNING)):
        response = browser.get(path)
        assert response.status_code < 500, path
        seen |= forms_of(response.text)
    silent = {action for action, says_why in seen.items() if not says_why}
    assert {action for action in silent if not ACTIONS_NOT_ABOUT_PEOPLE.match(action)} == set()
    expected = {"stranger": "/log-ind", "vendor": "/oensker/nyt", "municipality": "/oensker/nyt"}
    assert seen.get(expected.get(kind, f"/moeder/{MEETING}/indspil/skriv")) is True


def test_the_line_names_who_is_responsible_and_leads_to_more(site: Site) -> None:
    page = site.browser().get("/log-ind").text
    assert (
        '<p class="asks-because">Vi bruger mailadressen til at sende dig en kode, til at kende dig igen og '
        "til det, du selv beder om. Eksempelforeningen (demo) er ansvarlig for oplysningerne. "
        '<a href="/privatliv">Sådan passer vi på dem</a></p>'
    ) in page
