"""Words that mean the same to those who search here. One group a line; a phrase may stand for a word."""

from functools import cache
from typing import Final

from app.core.text_danish import words
from app.domain.search.lexemes import lexeme

GROUPS: Final = """
ai, ki, kunstig intelligens, machine learning, maskinlæring
sprogmodel, chatbot, generativ ai
ældre, senior
pris, omkostning, udgift
økonomi, finansiering, budget
besparelse, effektivisering, rationale
gevinst, effekt, udbytte, nytte
evaluering, måling, opfølgning
indikator, nøgletal, måltal
ledelsesinformation, business intelligence, bi
leverandør, virksomhed, firma, udbyder
konsulenthus, konsulent, rådgiver
indkøb, udbud, anskaffelse
licitation, udbud
kontrakt, aftale
standard, fælles format, specifikation
snitflade, api, grænseflade, integration
interoperabilitet, sammenhæng, integration
arkitektur, rammearkitektur
datadeling, dataudveksling
gdpr, databeskyttelse, persondata, privatliv
sikkerhed, cybersikkerhed, informationssikkerhed
login, log ind, mitid, nemid
borger, indbygger
elev, skolebarn
skole, folkeskole
dagtilbud, børnehave, vuggestue
plejehjem, plejecenter
hjemmepleje, hjemmehjælp
sundhed, helbred
handicap, funktionsnedsættelse
velfærdsteknologi, hjælpemiddel, assistiv teknologi
telemedicin, skærmbesøg, videokonsultation
jobcenter, beskæftigelse
ledig, arbejdsløs
klima, grøn omstilling, bæredygtighed
co2, udledning, drivhusgas
trafik, transport, mobilitet
affald, genbrug
bygning, ejendom
kompetence, uddannelse, kvalifikation
medarbejder, ansat, personale
leder, chef
forandring, omstilling, transformation
digitalisering, digital omstilling
strategi, handlingsplan
målbillede, vision, pejlemærke
retning, kurs
forsøg, pilot, afprøvning
udbredelse, skalering
fællesoffentlig, tværoffentlig
tværkommunal, fælleskommunal
samarbejde, partnerskab
dialog, samtale
oplæg, præsentation, slides
forslag, ide, idé
løfte, tilsagn, forpligtelse
frist, deadline
udfordring, barriere, problem
selvbetjening, blanket
hjemmeside, website, webside
app, applikation
fagsystem, it-system
journal, sag
automatisering, robot, rpa
skyen, cloud
åbne data, open data
open source, åben kildekode
tilgængelighed, wcag
monopolbrud, konkurrenceudsættelse
startup, iværksætter
smart city, intelligent by
sensor, iot, tingenes internet
"""


@cache
def synonyms() -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """{the stems of a word or phrase: the words of the others in its groups}."""
    found: dict[tuple[str, ...], dict[tuple[str, ...], None]] = {}
    for line in GROUPS.strip().splitlines():
        group = [tuple(words(phrase)) for phrase in line.split(",")]
        for phrase in group:
            others = found.setdefault(tuple(map(lexeme, phrase)), {})
            others.update(dict.fromkeys(other for other in group if other != phrase))
    return {stems: tuple(others) for stems, others in found.items()}
