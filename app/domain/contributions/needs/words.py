"""The Danish words by which a kind of system is looked for; what is shown of it is the doors' own."""

from typing import Final

from app.domain.contributions.needs.schemas import SystemType

WORDS: Final[dict[SystemType, str]] = {
    "case_management": "ESDH sag sager journal dokumenter arkiv sagsbehandling",
    "self_service": "selvbetjening selvbetjeningsløsning ansøgning blanket borger.dk",
    "care": "omsorg omsorgssystem sundhed EOJ pleje",
    "employment": "beskæftigelse jobcenter",
    "benefits": "ydelser ydelse kontanthjælp",
    "children": "børn dagtilbud daginstitution pladsanvisning",
    "school": "skole læring folkeskole læringsplatform",
    "culture": "kultur fritid bibliotek",
    "environment": "teknik miljø byg byggesag",
    "geodata": "kort geodata GIS",
    "finance": "økonomi regnskab økonomisystem ERP",
    "personnel": "løn personale vagtplan HR",
    "identity": "brugere adgang rettigheder brugerstyring IdM",
    "integration": "integrationer integration data snitflade API",
    "business_intelligence": "ledelsesinformation BI dashboard",
    "website": "hjemmeside intranet CMS",
    "contact_centre": "telefoni borgerservice kontaktcenter",
    "operations": "drift netværk udstyr hosting",
    "security": "informationssikkerhed sikkerhed",
    "sensors": "sensorer sensor IoT",
    "artificial_intelligence": "kunstig intelligens AI",
    "welfare_technology": "velfærdsteknologi",
    "other": "",
}


def words_of(system_type: str | None, system_other: str | None, kle: str | None) -> str:
    """All by which a need's system and its number are found: 27.36.00-G01 also as 27.36.00 and 27.36."""
    numbers = [kle[:length] for length in (5, 8) if kle and len(kle) > length]
    of_type = WORDS.get(system_type, "") if system_type else ""  # type: ignore[call-overload]
    return " ".join(filter(None, (kle, *reversed(numbers), of_type, system_other)))
