"""The fields that people of a municipality work in, and the Danish words by which their themes are found."""

from typing import Final, Literal, get_args

Field = Literal[
    "health",
    "children",
    "environment",
    "employment",
    "social",
    "citizen_service",
    "culture",
    "administration",
    "it",
]
FIELDS: Final[tuple[Field, ...]] = get_args(Field)
# Held against the keywords of the themes, which are Danish words too.
WORDS: Final[dict[str, str]] = {
    "health": "sundhed ældrepleje hjemmepleje plejehjem plejecenter velfærdsteknologi telemedicin "
    "rehabilitering genoptræning sundhedsplejerske",
    "children": "børn unge daginstitution dagtilbud folkeskole skole elev lærer undervisning",
    "environment": "klima miljø energi affald klimatilpasning forsyning ejendom bygning trafik "
    "grøn omstilling bæredygtig",
    "employment": "beskæftigelse beskæftigelsesindsats jobcenter ledig jobsøgning sygedagpenge ydelse "
    "arbejdsmarked",
    "social": "socialområde borger med handicap velfærdsforløb sammenhængende forløb helhedsorienteret "
    "borgerforløb mestring digitalt udsat",
    "citizen_service": "borgerservice borgerbetjening selvbetjening henvendelse digital post borger.dk "
    "chatbot fuldmagt digital inklusion",
    "culture": "kultur lokaldemokrati borgerinddragelse inddragelse byrum medborger åbne data",
    "administration": "ledelsesinformation nøgletal effektmåling automatisering sagsbehandling arbejdsgang "
    "økonomisystem udbud it-indkøb gevinst",
    "it": "rammearkitektur arkitektur infrastruktur snitflade integration cybersikkerhed "
    "informationssikkerhed datadeling kunstig intelligens standard",
}
