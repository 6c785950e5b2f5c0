"""The open data as a catalogue (DCAT-AP 3.0) in JSON-LD, for portals that gather from many places.

Everything is said in the answer itself: whoever reads it needs no other address to understand it.
"""

from collections.abc import Iterable
from typing import Any, Final

from app.core import i18n
from app.http.spreadsheets import LICENCE_ADDRESS
from app.http.visit import Visit
from app.web.formats import DICTIONARY, ENDINGS, Ending, ListFile

PROFILE: Final = "http://data.europa.eu/r5r/"
_EU: Final = "http://publications.europa.eu/resource/authority"
_LANGUAGES: Final = {"da": "DAN", "en": "ENG"}
_CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "dcatap": PROFILE,
}
_MEDIA: Final[dict[Ending, tuple[str, str]]] = {
    "csv": ("CSV", "text/csv"),
    "xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": ("JSON", "application/json"),
}


def describe_catalogue(visit: Visit, sets: Iterable[ListFile]) -> dict[str, Any]:
    """The catalogue with each data set and its files."""
    site = visit.kit.site
    home = f"{site.base_url}/data"
    publisher = {
        "@id": f"{home}#udgiver",
        "@type": "foaf:Agent",
        "foaf:name": site.data_responsible or site.site_name,
    }
    return {
        "@context": _CONTEXT,
        "@id": f"{home}#katalog",
        "@type": "dcat:Catalog",
        "dct:title": _in_each_language("Åbne data", site.site_name),
        "dct:description": _in_each_language(
            "Alt, hvad alle må læse her, kan hentes som filer, uden at spørge og uden at logge ind."
        ),
        "dct:publisher": publisher,
        "dct:language": [{"@id": f"{_EU}/language/{code}"} for code in _LANGUAGES.values()],
        "dct:license": _licence(),
        "dct:spatial": _denmark(),
        "dct:conformsTo": {"@id": PROFILE},
        "foaf:homepage": {"@id": home, "@type": "foaf:Document"},
        "dcat:dataset": [_describe_set(visit, data) for data in sets],
    }


def _describe_set(visit: Visit, data: ListFile) -> dict[str, Any]:
    site = visit.kit.site
    home = f"{site.base_url}/data"
    return {
        "@id": f"{home}#{data.open_as}",
        "@type": "dcat:Dataset",
        "dct:identifier": data.open_as,
        "dct:title": _in_each_language(data.title),
        "dct:description": _in_each_language(data.about),
        "dct:publisher": {"@id": f"{home}#udgiver"},
        "dct:accessRights": {
            "@id": f"{_EU}/access-right/PUBLIC",
            "@type": "dct:RightsStatement",
        },
        "dct:accrualPeriodicity": {"@id": f"{_EU}/frequency/UPDATE_CONT", "@type": "dct:Frequency"},
        "dct:language": {"@id": f"{_EU}/language/DAN"},
        "dct:spatial": _denmark(),
        "dcat:theme": {"@id": f"{_EU}/data-theme/GOVE"},
        "dcat:landingPage": {
            "@id": site.base_url + (data.path or "/data"), "@type": "foaf:Document"
        },
        "foaf:page": {
            "@id": f"{site.base_url}{DICTIONARY}#{data.open_as}", "@type": "foaf:Document"
        },
        "dcat:contactPoint": {
            "@id": f"{home}#kontakt",
            "@type": "vcard:Organization",
            "vcard:fn": site.site_name,
            "vcard:hasEmail": {"@id": f"mailto:{site.contact_mail}"},
        },
        "dcat:distribution": [_describe_file(home, data, ending) for ending in ENDINGS],
    }  # fmt: skip


def _describe_file(home: str, data: ListFile, ending: Ending) -> dict[str, Any]:
    address = f"{home}/{data.open_as}.{ending}"
    format_name, media_type = _MEDIA[ending]
    return {
        "@id": f"{home}#{data.open_as}-{ending}",
        "@type": "dcat:Distribution",
        "dct:title": {"@value": f"{data.open_as}.{ending}", "@language": "da"},
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dct:format": {"@id": f"{_EU}/file-type/{format_name}", "@type": "dct:MediaTypeOrExtent"},
        "dcat:mediaType": {
            "@id": f"https://www.iana.org/assignments/media-types/{media_type}",
            "@type": "dct:MediaType",
        },
        "dct:license": _licence(),
        "dcatap:availability": {"@id": f"{_EU}/planned-availability/STABLE"},
    }


def _licence() -> dict[str, Any]:
    return {
        "@id": f"{_EU}/licence/CC_BY_4_0",
        "@type": "dct:LicenseDocument",
        "foaf:homepage": {"@id": LICENCE_ADDRESS, "@type": "foaf:Document"},
    }


def _denmark() -> dict[str, str]:
    return {"@id": f"{_EU}/country/DNK", "@type": "dct:Location"}


def _in_each_language(words: str, before: str = "") -> list[dict[str, str]]:
    """The words in Danish, and in each language whose catalogue has others for them."""
    said = {language: i18n.catalogue(language).gettext(words) for language in _LANGUAGES}
    lead = f"{before}: " if before else ""
    return [
        {"@value": lead + text, "@language": language}
        for language, text in said.items()
        if language == i18n.DEFAULT or text != words
    ]
