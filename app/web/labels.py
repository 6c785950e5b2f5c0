"""Words on the screen for the codes of the domain."""

from app.core import i18n


def _(text: str) -> str:
    """Marks a word for translation; it is translated when it is shown."""
    return text


LABELS: dict[str, dict[str, str]] = {
    "organisation_kind": {
        "association": _("Forening"),
        "joint_procurement": _("Indkøbsfællesskab"),
        "municipality": _("Kommune"),
        "region": _("Region"),
        "vendor": _("Leverandør"),
        "consultancy": _("Konsulenthus"),
        "trade_association": _("Brancheorganisation"),
        "authority": _("Myndighed"),
        "other": _("Anden organisation"),
    },
    "organisation_kind_many": {
        "association": _("Foreninger"),
        "joint_procurement": _("Indkøbsfællesskaber"),
        "trade_association": _("Brancheorganisationer"),
        "vendor": _("Leverandører"),
        "consultancy": _("Konsulenthuse"),
        "authority": _("Myndigheder"),
        "region": _("Regioner"),
        "municipality": _("Kommuner"),
        "other": _("Andre organisationer"),
    },
    "contribution_kind": {
        "card": _("Indspil"),
        "question": _("Spørgsmål"),
        "wish": _("Ønske"),
        "idea": _("Idé"),
        "need": _("Behov"),
    },
    "contribution_kind_many": {
        "card": _("Indspil fra møderne"),
        "question": _("Spørgsmål fra møderne"),
        "wish": _("Ønsker"),
        "idea": _("Idéer"),
        "need": _("Behov"),
    },
    "aspect": {
        "direction": _("Klar retning"),
        "target_picture": _("Målbilleder"),
        "operational_plan": _("Operationelle planer"),
        "multi_year_goal": _("Flerårige forpligtende mål"),
        "effect_measurement": _("Måling af effekt"),
        "infrastructure": _("Infrastruktur"),
        "procurement": _("Indkøb og udbud"),
        "data": _("Data"),
        "security": _("Sikkerhed"),
        "innovation": _("Innovation"),
        "citizen_perspective": _("Borgerperspektiv"),
        "other": _("Andet"),
    },
    "contribution_status": {
        "draft": _("Udkast"),
        "received": _("Modtaget"),
        "triage": _("Til fordeling"),
        "needs_info": _("Mangler oplysninger"),
        "under_review": _("Behandles"),
        "answered": _("Besvaret"),
        "planned": _("Planlagt"),
        "in_progress": _("I gang"),
        "done": _("Gennemført"),
        "effect_measured": _("Effekt målt"),
        "declined": _("Afvist"),
        "gathered": _("Samlet"),
        "withdrawn": _("Trukket tilbage"),
    },
    "meeting_status": {
        "draft": _("Kladde"),
        "announced": _("Annonceret"),
        "open": _("Åben for tilmelding"),
        "full": _("Fuldt"),
        "live": _("I gang"),
        "closed": _("Afholdt"),
        "minutes_in_review": _("Referat til kommentering"),
        "approved": _("Afsluttet"),
        "cancelled": _("Aflyst"),
        "postponed": _("Udskudt"),
    },
    "format": {
        "physical": _("Fysisk"),
        "virtual": _("Virtuelt"),
        "hybrid": _("Hybrid"),
        "unknown": _("Form ikke oplyst"),
    },
    "date_certainty": {
        "stated": _("datoen står i kilden"),
        "year_inferred": _("årstal udledt"),
        "article_date": _("datoen er artiklens"),
    },
    "title_certainty": {
        "not_given": _("emne ikke gengivet"),
    },
    "item_kind": {
        "welcome": _("Velkomst"),
        "status": _("Status"),
        "talk": _("Oplæg"),
        "panel": _("Panel"),
        "group_session": _("Gruppearbejde"),
        "plenary": _("Plenum"),
        "break": _("Pause"),
    },
    "role": {
        "speaker": _("Oplægsholder"),
        "panellist": _("Paneldeltager"),
        "moderator": _("Ordstyrer"),
        "host": _("Vært"),
    },
    "answer_kind": {
        "answer": _("Svar"),
        "promise": _("Løfte"),
        "position": _("Holdning"),
        "thanks": _("Tak"),
    },
    "interest_kind": {
        "need": _("Vi har behovet"),
        "pilot": _("Vi vil afprøve"),
        "co_fund": _("Vi vil medfinansiere"),
        "solved": _("Vi har løst det"),
    },
    "visibility": {
        "public": _("Alle"),
        "participants": _("Mødets deltagere"),
        "municipalities": _("Kommuner"),
        "staff": _("Sekretariatet"),
        "own": _("Egen organisation og sekretariatet"),
    },
    "deck_language": {
        "da": _("Dansk"),
        "en": _("Engelsk"),
        "sv": _("Svensk"),
        "nb": _("Norsk"),
    },
    "strategy_level": {
        "municipal": _("Fælleskommunal"),
        "joint_public": _("Fællesoffentlig"),
        "state": _("Statslig"),
        "single_municipality": _("En kommunes egen"),
    },
    "theme_certainty": {
        "seen": _("Læst i kilden"),
        "title_only": _("Kun navnet er set i kilden"),
        "related": _("Hører til emnet, men står ikke under temaet i kilden"),
        "uncertain": _("Navnet er usikkert: kilden er ikke læst til ende"),
    },
    "project_part": {
        "authority": _("Ejer af projektet"),
        "partner": _("Partner"),
        "participant": _("Deltager"),
        "tester": _("Afprøver"),
        "pilot": _("Med i forsøget forud"),
        "follower": _("Følger med"),
        "possible": _("Deltager måske"),
    },
    "project_seen": {
        "page": _("Vi har læst projektets egen side."),
        "mention": _("Projektet er kun nævnt i en omtale; vi har ikke læst projektets egen side."),
        "list": _("Projektet er kun set på en liste."),
    },
    "project_owner": {
        "municipality": _("En kommune"),
        "region": _("En region"),
    },
    "project_field": {
        "health": _("Sundhed og ældre"),
        "administration": _("Administration"),
        "employment": _("Beskæftigelse"),
        "building": _("Teknik og byggeri"),
        "hospital": _("Sygehus"),
        "climate": _("Klima"),
        "social": _("Socialområdet"),
        "other": _("Andet"),
    },
    "barrier": {
        "data": _("Data"),
        "infrastructure": _("Infrastruktur"),
        "law": _("Jura"),
        "skills": _("Kompetencer"),
        "money": _("Økonomi"),
    },
    "demo_user": {
        "staff": _("Sekretariat"),
        "vendor": _("Leverandør"),
        "consultancy": _("Konsulenthus"),
        "municipality": _("Kommune"),
        "admin": _("Administrator"),
    },
    "maturity": {
        "idea": _("Idé"),
        "tested": _("Afprøvet"),
        "seeking_partners": _("Søger partnere"),
        "pilot": _("Pilotprojekt"),
        "measured": _("Effekt målt"),
        "spread": _("Udbredt"),
        "stopped": _("Stoppet"),
    },
    "idea_part": {
        "problem": _("Problemet"),
        "for_whom": _("For hvem"),
        "proposal": _("Forslaget"),
        "technology": _("Teknologi"),
        "data_source": _("Data"),
        "legal_basis": _("Hjemmel og jura"),
        "operations": _("Drift bagefter"),
        "effect_indicator": _("Hvad effekten måles på"),
        "baseline": _("Udgangspunkt"),
        "target": _("Mål"),
        "partner_wanted": _("Partner, I søger"),
        "cost_frame": _("Økonomisk ramme"),
        "other": _("Andet"),
    },
    "next_step": {
        "draft": _("Gør den færdig, og send den."),
        "received": _("Sekretariatet læser det og fordeler det."),
        "triage": _("Sekretariatet finder den, der skal svare."),
        "needs_info": _("Vi mangler oplysninger fra jer."),
        "under_review": _("Svaret er ved at blive skrevet."),
        "answered": _("Læs svaret."),
        "planned": _("Det er planlagt."),
        "in_progress": _("Der arbejdes på det."),
        "done": _("Det er gennemført. Effekten måles."),
        "effect_measured": _("Se, hvilken effekt det fik."),
        "declined": _("Læs begrundelsen."),
        "gathered": _("Det følges sammen med andre, der siger det samme."),
        "withdrawn": _("I har trukket det tilbage. Det kan fortrydes."),
    },
}


def label(language: str, group: str, code: str | None) -> str:
    """The word for a code in the reader's language; an unknown code shows itself."""
    if not code:
        return ""
    return i18n.catalogue(language).gettext(LABELS[group].get(code, code))


def label_choices(language: str, group: str) -> list[tuple[str, str]]:
    """All codes of a group with their words, in the order of the table; for menus."""
    return [(code, label(language, group, code)) for code in LABELS[group]]
