"""J-S8: what three have said is put together on a phone by keyboard alone, answered from a template, promised
and published together; all three are told once, and taking it apart brings everything back."""

import time
from datetime import date, timedelta
from email import message_from_bytes, policy

from sqlalchemy import select

from app.core.clock import today
from app.domain.answering.drafting import add_template
from app.domain.answering.models import AnswerBatch
from app.domain.answering.schemas import TemplateInput
from app.domain.commitments.models import Commitment, Indicator
from app.domain.contributions.models import Contribution
from app.domain.users.models import User
from tests.browser.conftest import Reader, Served, writing_on_the_phone
from tests.browser.test_sign_up_journey import press, tick, walk_to, write
from tests.people import add_people
from tests.said import add_wish
from tests.waiting import wait_until

SECONDS = 240  # what putting together, answering and publishing may take
TITLES = (
    "Genbrugelige kravkataloger for omsorgssystemer",
    "Kravkataloger for omsorgssystemer, der kan genbruges",
    "Omsorgssystemer: ét kravkatalog, der kan genbruges",
)


def add_three(served: Served) -> dict[str, str]:
    """Three wishes that say the same, by three who can be told: {address: number}."""
    with served.tools.database.unit() as session:
        people = add_people(session)
        add_template(
            session, people.staff, TemplateInput(title="Delvist ja", verdict="partly", text="Om {title}.")
        )
        found = {}
        for actor, title in zip((people.vendor, people.rival, people.consultancy), TITLES, strict=True):
            wish = add_wish(session, actor, title, body="Vi skriver de samme krav i hver kommune.")
            found[session.get_one(User, actor.user_id).email] = wish.reference
        return found


def count_told(served: Served, subject: str) -> dict[str, int]:
    """{address: how many mails with these words in the subject}."""
    told: dict[str, int] = {}
    for file in served.mail.glob("*.eml"):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        if subject.lower() in mail["subject"].lower():
            told[mail["to"].addresses[0].addr_spec] = told.get(mail["to"].addresses[0].addr_spec, 0) + 1
    return told


def write_day(reader: Reader, name: str, day: date) -> None:
    walk_to(reader, name)
    reader.page.keyboard.type(f"{day:%m%d%Y}")


def promise(reader: Reader) -> None:
    """A promise with a day, and how it is measured: where it begins and where it is to be."""
    write(reader, "Hvad lover I?", "Et fælles kravkatalog")
    write(reader, "Uddyb løftet", "Skrevet med ti kommuner og frit til brug.")
    write_day(reader, "Senest", today() + timedelta(days=300))
    press(reader, "Gem forslaget")
    press(reader, "F-")
    press(reader, "Tilføj en indikator")
    write(reader, "Hvad måles?", "Kommuner, der bruger det")
    write(reader, "Enhed", "kommuner")
    tick(reader, "Et højere tal")
    write(reader, "Udgangspunkt", "3")
    write_day(reader, "Målt den", today() - timedelta(days=1))
    # "Målt den" begins with the same letters, and a day has three places to tab through.
    while reader.page.evaluate("document.activeElement.id") != "field-target_value":
        reader.page.keyboard.press("Tab")
    reader.page.keyboard.type("40")
    write_day(reader, "Skal være nået", today() + timedelta(days=300))
    press(reader, "Gem indikatoren")
    assert "Kommuner, der bruger det" in reader.text


@writing_on_the_phone
def test_three_that_say_the_same_are_gathered_answered_promised_and_published_by_keys(
    writer: Reader, served: Served
) -> None:
    sent = add_three(served)
    first, second, third = sent.values()
    page = writer.page
    writer.sign_in("Sekretariat")
    writer.open("/indbakke")
    began = time.monotonic()

    press(writer, "Lignende grupper")
    assert "begge om:" in writer.text
    press(writer, "Saml")
    walk_to(writer, f"Forrest: {third}")
    while page.evaluate("document.activeElement.id") != page.get_by_label(f"Forrest: {first}").get_attribute(
        "id"
    ):
        page.keyboard.press("ArrowDown")
    press(writer, "Saml dem")
    assert "De er samlet" in writer.text and "3 tekster siger det samme" in writer.text
    press(writer, "Skriv svar")
    walk_to(writer, "Begynd med en skabelon")
    page.keyboard.type("Delvist ja")
    press(writer, "Brug skabelonen")
    assert f"Om {TITLES[0]}." in page.locator("#field-text").input_value()
    write(writer, "Begrundelse", "Ordforrådet kan vi lave nu; resten kræver flere kommuner.")
    press(writer, "Gem, og gør klar")
    assert "Svaret er klar" in writer.text

    press(writer, "Lov noget i svaret")
    promise(writer)
    writer.open(f"/indbakke/{first}")
    walk_to(writer, "Eller udgiv det sammen med andre")
    page.keyboard.type("En ny")
    press(writer, "Læg i udgivelsen")
    assert "3 personer får besked" in writer.text
    press(writer, "Udgiv samlet")
    assert "Svarene er udgivet for alle på samme tid." in writer.text
    assert time.monotonic() - began < SECONDS

    def is_told() -> bool:
        with served.tools.database.unit() as session:
            newest = select(AnswerBatch.told_count).order_by(AnswerBatch.id.desc()).limit(1)
            return session.scalars(newest).one() == 3

    wait_until(is_told)
    wait_until(lambda: len(count_told(served, "Der er svar på")) >= 3)
    assert {
        address: n for address, n in count_told(served, "Der er svar på").items() if address in sent
    } == dict.fromkeys(sent, 1)
    writer.open(f"/indbakke/{first}")
    assert "samlede det, der siger det samme, ved" in writer.text
    press(writer, "Fortryd sammenlægning")
    assert "Samlingen er fortrudt." in writer.text
    with served.tools.database.unit() as session:
        rows = select(Contribution.reference, Contribution.status).where(
            Contribution.reference.in_(sent.values())
        )
        assert {row.reference: row.status for row in session.execute(rows)} == {
            first: "planned",
            second: "received",
            third: "received",
        }
        assert session.scalars(select(Commitment).order_by(Commitment.id.desc()).limit(1)).one()
        assert (
            session.scalars(select(Indicator.target_value).order_by(Indicator.id.desc()).limit(1)).one() == 40
        )
