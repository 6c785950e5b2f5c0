"""What the columns of lists are called and what they mean, where several lists have the same."""

from typing import Final

from app.core.i18n import pgettext
from app.http.spreadsheets import Column


def _(text: str) -> str:
    return text


REFERENCE: Final = Column("reference", _("Nummer"), _("Det nummer, som det altid findes igen med."))
TITLE: Final = Column("title", _("Titel"), _("Overskriften, som den står på siden."))
TEXT: Final = Column("text", _("Tekst"), _("Ordene, som de blev sagt eller skrevet."))
ADDRESS: Final = Column(
    "address", _("Adresse"), _("Siden, hvor det hele kan læses. Adressen ændrer sig ikke."), "address"
)
IS_EXAMPLE: Final = Column(
    "is_example", _("Eksempel"), _("Sandt, når rækken er et opdigtet eksempel i demoen."), "yes"
)
LANGUAGE: Final = Column("language", _("Sprog"), _("Sproget, det er skrevet på: da, en eller sv."))
KIND_OF_SAID: Final = Column(
    "kind", _("Slags"), _("Ønske, idé, behov, indspil eller spørgsmål."), group="contribution_kind"
)
STATUS_OF_SAID: Final = Column(
    "status", _("Status"), _("Hvor langt det er: fra modtaget til besvaret."), group="contribution_status"
)
ASPECT: Final = Column(
    "aspect", _("Aspekt"), _("Hvad det handler om, for eksempel data eller økonomi."), group="aspect"
)
THEMES: Final = Column(
    "themes",
    _("Temaer"),
    _("De temaer, det står under: strategiens nøgle, skråstreg, temaets nøgle."),
    "words",
)
ON_BEHALF_OF: Final = Column(
    "on_behalf_of", _("På vegne af"), _("Organisationen, der siger det. Personers navne er ikke med.")
)
MEETING: Final = Column("meeting", _("Møde"), _("Nøglen for mødet, hvor det blev sagt."))
RECEIVED: Final = Column("received", _("Modtaget"), _("Dagen, det kom ind."), "date")
ANSWER_BY: Final = Column("answer_by", _("Svar senest"), _("Dagen, der skal være svaret."), "date")
ANSWERS: Final = Column("answers", pgettext("flere", "Svar"), _("Hvor mange svar der er udgivet."), "number")
MUNICIPALITIES: Final = Column(
    "municipalities", _("Kommuner"), _("Hvor mange kommuner der har sagt, at det gælder dem."), "number"
)
SEEN_BY: Final = Column("visibility", _("Hvem ser det"), _("Hvem der kan læse det."), group="visibility")
SERIES: Final = Column("series", _("Møderække"), _("Nøglen for den møderække, mødet hører til."))

SAID: Final = (
    REFERENCE,
    KIND_OF_SAID,
    TITLE,
    TEXT,
    LANGUAGE,
    ASPECT,
    THEMES,
    ON_BEHALF_OF,
    MEETING,
    RECEIVED,
    ANSWER_BY,
    STATUS_OF_SAID,
    ANSWERS,
    MUNICIPALITIES,
    SEEN_BY,
    ADDRESS,
    IS_EXAMPLE,
)

OF_MEETINGS: Final = (
    ADDRESS,
    Column(
        "number",
        _("Nummer"),
        _("Mødets nummer i dialogforum. Tomt, hvor mødet ikke er nummereret."),
        "number",
    ),
    TITLE,
    Column("date", _("Dag"), _("Dagen, mødet holdes. Se også, hvor sikker den er."), "date"),
    Column(
        "date_certainty",
        _("Dagens sikkerhed"),
        _("Om dagen er sikker eller kun måneden kendes."),
        group="date_certainty",
    ),
    Column("format", _("Form"), _("Om mødet er på et sted, på nettet eller begge dele."), group="format"),
    Column(
        "status", _("Status"), _("Om mødet er planlagt, holdt, flyttet eller aflyst."), group="meeting_status"
    ),
    Column("topics", _("Emner"), _("Mødets emner, som de stod i indbydelsen."), "words"),
    IS_EXAMPLE,
    SERIES,
    Column("starts", _("Begynder"), _("Klokkeslættet, mødet begynder, i dansk tid."), "moment"),
    Column("ends", _("Slutter"), _("Klokkeslættet, mødet slutter, i dansk tid."), "moment"),
    Column("venue", _("Sted"), _("Hvor mødet holdes.")),
    Column("participants", _("Deltagere"), _("Omtrent hvor mange der kom."), "number"),
    Column(
        "contributions",
        _("Indspil"),
        _("Hvor meget der blev sagt på mødet: ønsker, idéer og indspil."),
        "number",
    ),
    Column(
        "presentations", pgettext("flere", "Oplæg"), _("Hvor mange oplæg der ligger fra mødet."), "number"
    ),
)

OF_WISHES: Final = (
    REFERENCE,
    TITLE,
    TEXT,
    LANGUAGE,
    STATUS_OF_SAID,
    ASPECT,
    THEMES,
    ON_BEHALF_OF,
    MEETING,
    Column("date", _("Dag"), _("Dagen, det blev sagt på et møde eller sendt ind."), "date"),
    Column("times_said", _("Gange sagt"), _("Hvor mange gange det samme er sagt."), "number"),
    Column("years", _("År"), _("De år, det er sagt."), "words"),
    ANSWER_BY,
    ANSWERS,
    Column(
        "verdict",
        _("Afgørelse"),
        _("Det seneste svars afgørelse: ja, nej, delvist eller senere."),
        group="verdict",
    ),
    Column("commitments", _("Forpligtelser"), _("Numrene på det, der er lovet."), "words"),
    MUNICIPALITIES,
    ADDRESS,
    IS_EXAMPLE,
    SEEN_BY,
)

OF_NEEDS: Final = (
    REFERENCE,
    TITLE,
    TEXT,
    LANGUAGE,
    Column(
        "system_type", _("Slags system"), _("Hvilken slags system behovet handler om."), group="system_type"
    ),
    Column("kle", _("KLE"), _("Nummeret i KL's emnesystematik, hvor det er angivet.")),
    Column(
        "state", _("Stand"), _("Hvor langt behovet er: fra registreret til gennemført."), group="need_state"
    ),
    Column("state_on", _("Stand siden"), _("Dagen, det kom så langt."), "date"),
    Column("network", _("Netværk"), _("Det netværk af kommuner, der har behovet sammen.")),
    Column("municipalities", _("Kommuner"), _("Hvor mange kommuner der har behovet."), "number"),
    THEMES,
    RECEIVED,
    SEEN_BY,
    ADDRESS,
    IS_EXAMPLE,
)

OF_COMMITMENTS: Final = (
    REFERENCE,
    TITLE,
    Column("organisation", _("Hvem lover"), _("Organisationen, der har lovet det.")),
    Column(
        "organisation_kind",
        _("Slags organisation"),
        _("Hvad den er for en organisation."),
        group="organisation_kind",
    ),
    Column("deadline", _("Lovet til"), _("Dagen, det skal være gjort."), "date"),
    Column(
        "first_deadline",
        _("Først lovet til"),
        _("Dagen, som den var, før den blev flyttet første gang."),
        "date",
    ),
    Column("times_moved", _("Gange flyttet"), _("Hvor mange gange dagen er flyttet."), "number"),
    Column(
        "status",
        _("Status"),
        _("Hvordan det går: i gang, forsinket, indfriet eller brudt."),
        group="commitment_status",
    ),
    Column("steps", _("Milepæle"), _("Hvor mange milepæle der er på vejen."), "number"),
    Column("steps_done", _("Milepæle nået"), _("Hvor mange af dem der er nået."), "number"),
    MEETING,
    Column("published", _("Udgivet"), _("Dagen, alle kunne læse det."), "date"),
    SEEN_BY,
    ADDRESS,
    IS_EXAMPLE,
)

OF_DECKS: Final = (
    ADDRESS,
    TITLE,
    Column("item", _("Programpunkt"), _("Punktet i programmet, oplægget hører til.")),
    Column("speakers", _("Oplægsholdere"), _("De navne, der stod i mødets program."), "words"),
    MEETING,
    Column("date", _("Dag"), _("Dagen for mødet."), "date"),
    Column("pages", _("Sider"), _("Hvor mange sider oplægget har."), "number"),
    LANGUAGE,
    IS_EXAMPLE,
)

OF_SPEAKERS: Final = (
    Column("name", _("Navn"), _("Navnet, som det stod i mødets offentlige program.")),
    Column("title", _("Titel"), _("Titlen på dagen.")),
    Column("organisation", _("Organisation"), _("Organisationen på dagen.")),
    Column("role", _("Rolle"), _("Oplægsholder, panel, ordstyrer eller vært."), group="role"),
    Column("is_former", _("Tidligere"), _("Sandt, når titlen var en tidligere titel på dagen."), "yes"),
    Column("item", _("Programpunkt"), _("Punktet i programmet.")),
    MEETING,
    Column("date", _("Dag"), _("Dagen for mødet."), "date"),
    ADDRESS,
    IS_EXAMPLE,
)

OF_ORGANISATIONS: Final = (
    ADDRESS,
    Column("name", _("Navn"), _("Organisationens navn.")),
    Column("kind", _("Slags organisation"), _("Hvad den er for en organisation."), group="organisation_kind"),
    Column("cvr", _("CVR-nummer"), _("Nummeret i Det Centrale Virksomhedsregister, hvor det kendes.")),
    Column("code", _("Kommunekode"), _("Kommunens firecifrede kode.")),
    Column("region", _("Region"), _("Regionen, den ligger i.")),
    Column("website", _("Hjemmeside"), _("Organisationens egen hjemmeside."), "address"),
    IS_EXAMPLE,
)

OF_MUNICIPALITIES: Final = (
    ADDRESS,
    Column("code", _("Kommunekode"), _("Kommunens firecifrede kode.")),
    Column("name", _("Navn"), _("Kommunens navn.")),
    Column("region", _("Region"), _("Regionen, den ligger i.")),
    Column("strategies", _("Strategier"), _("Hvor mange egne strategier der er udgivet her."), "number"),
    Column("projects", _("Projekter"), _("Hvor mange signaturprojekter kommunen er med i."), "number"),
    Column("meetings", _("Møder"), _("Hvor mange møder nogen fra kommunen har talt på."), "number"),
    Column(
        "contributions", _("Indspil"), _("Hvor meget kommunen har sagt eller vist interesse for."), "number"
    ),
    IS_EXAMPLE,
)

OF_PROJECTS: Final = (
    ADDRESS,
    TITLE,
    Column("authority", _("Myndighed"), _("Kommunen eller regionen, der står for projektet.")),
    Column("field", _("Område"), _("Det område, projektet er på."), group="project_field"),
    Column("round", _("Runde"), _("Året for den runde, der gav penge."), "number"),
    Column("million_dkk", _("Mio. kr."), _("Bevillingen i millioner kroner, hvor den kendes."), "number"),
    Column("barriers", _("Barrierer"), _("Hvad der står i vejen nu."), "words", group="barrier"),
)

OF_STRATEGIES: Final = (
    ADDRESS,
    Column("key", _("Nøgle"), _("Strategiens nøgle, som temaernes nøgler begynder med.")),
    TITLE,
    Column("title_en", _("Engelsk titel"), _("Titlen på engelsk, hvor den findes.")),
    Column(
        "level",
        _("Niveau"),
        _("Om den er fælles for landet, en sektors eller en kommunes."),
        group="strategy_level",
    ),
    Column("owner", _("Ejer"), _("Hvem der står bag.")),
    Column("from", _("Fra"), _("Det første år, den gælder."), "number"),
    Column("to", _("Til"), _("Det sidste år, den gælder."), "number"),
    Column("municipality", _("Kommune"), _("Kommunen, hvis strategi det er.")),
    Column("themes", _("Temaer"), _("Hvor mange temaer den har her."), "number"),
    Column("sources", _("Kilder"), _("Adresserne, det er hentet fra."), "words"),
)

OF_THEMES: Final = (
    ADDRESS,
    Column("strategy", _("Strategi"), _("Strategiens titel.")),
    Column("from", _("Fra"), _("Det første år, strategien gælder."), "number"),
    Column("to", _("Til"), _("Det sidste år, strategien gælder."), "number"),
    Column("theme", _("Tema"), _("Temaets navn.")),
    Column("theme_en", _("Engelsk navn"), _("Temaets navn på engelsk, hvor det findes.")),
    Column("key", _("Nøgle"), _("Strategiens nøgle, skråstreg, temaets nøgle.")),
)

OF_TESTS: Final = (
    ADDRESS,
    Column("number", _("Nummer"), _("Trykprøvens nummer."), "number"),
    Column("kind", _("Slags"), _("Hvad der blev prøvet: en idé eller et projekt."), group="thing_kind"),
    REFERENCE,
    TITLE,
    Column("owner", _("Kommune"), _("Kommunen, der prøvede det for sig selv, hvis det var en.")),
    Column("state", _("Tilstand"), _("Hvor langt trykprøven er."), group="test_state"),
    Column("outcome", _("Resultat"), _("Hvad trykprøven viste."), group="test_outcome"),
    Column("made", _("Begyndt"), _("Dagen, den begyndte."), "date"),
    Column("published", _("Udgivet"), _("Dagen, alle kunne læse den."), "date"),
    Column("hits", _("Rammer"), _("Hvor mange temaer det rammer."), "number"),
    Column("partly", _("Rammer delvist"), _("Hvor mange temaer det rammer delvist."), "number"),
    Column("misses", _("Rammer ikke"), _("Hvor mange temaer det ikke rammer."), "number"),
    Column("strategies", _("Strategier"), _("De strategier, det blev holdt op mod."), "words"),
    IS_EXAMPLE,
)

OF_BODIES: Final = (
    ADDRESS,
    Column("name", _("Navn"), _("Udvalgets navn.")),
    Column("kind", _("Slags"), _("Hvad det er for et udvalg."), group="body_kind"),
    Column("owner", _("Ejer"), _("Organisationen eller netværket, det hører til.")),
    Column("since", _("Siden"), _("Dagen, det begyndte."), "date"),
    Column("ended", _("Sluttede"), _("Dagen, det holdt op."), "date"),
    IS_EXAMPLE,
)

LATE_BY: Final = Column(
    "days_late", _("Dage for sent"), _("Hvor mange dage siden svaret skulle have været der."), "number"
)
ITEM: Final = Column("item", _("Programpunkt"), _("Punktet i programmet, det blev sagt under."))
GROUP: Final = Column("group", _("Gruppe"), _("Gruppen, det blev sagt i."))

OF_INBOX: Final = (
    *SAID[:-2],
    Column("owner", _("Ansvarlig"), _("Hvem hos arrangørerne der ser efter det.")),
    Column("answers_for", _("Skal svare"), _("Organisationen, der er bedt om at svare.")),
    Column("reply_by", _("Venter til"), _("Dagen, uret venter på den, der spurgte."), "date"),
    Column(
        "is_ready",
        _("Svar klar"),
        _("Sandt, når svaret er skrevet og kun venter på at blive udgivet."),
        "yes",
    ),
    ADDRESS,
    IS_EXAMPLE,
)

OF_EVALUATIONS: Final = (
    Column("meeting", _("Adresse"), _("Mødets side."), "address"),
    Column("number", _("Nummer"), _("Mødets nummer i dialogforum."), "number"),
    TITLE,
    Column("date", _("Dag"), _("Dagen for mødet."), "date"),
    Column("answers", pgettext("flere", "Svar"), _("Hvor mange der svarede på spørgsmålet."), "number"),
    Column("question", _("Spørgsmål"), _("Spørgsmålets kode, den samme fra møde til møde.")),
    Column("question_text", _("Ordlyd"), _("Spørgsmålet, som det blev stillet på dansk.")),
    Column("wording", _("Udgave"), _("Hvilken udgave af spørgsmålene det er."), "number"),
    *(
        Column(
            f"step_{step}",
            pgettext("1 til 5", "Trin"),
            _("Hvor mange der valgte trinnet; 1 er slet ikke."),
            "number",
        )
        for step in range(1, 6)
    ),
    Column("average", _("Gennemsnit"), _("Gennemsnittet fra 1 til 5."), "number"),
    IS_EXAMPLE,
)
