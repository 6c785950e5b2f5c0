"""Identity providers in the settings: what is filled in; each mistake is one sentence without values."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.identity.providers import NSIS
from app.provider_settings import ProviderSettings
from app.settings import read_settings

PLAIN: dict[str, Any] = {
    "key": "enkel",
    "label": "Enkel",
    "kind": "plain",
    "issuer": "https://login.example",
    "client_id": "dialogforum",
    "client_secret": "meget-hemmeligt",
}
MANY = PLAIN | {
    "kind": "entra",
    "issuer": "https://login.example/{tenantid}/v2.0",
    "metadata_url": "https://login.example/organizations/v2.0/.well-known/openid-configuration",
}
ROLES = {
    "role_claim": "roles",
    "roles": {"Forum.Admin": "admin"},
    "organisation_claim": "tid",
    "organisations": {"tenant": "kl"},
}


def read(monkeypatch: pytest.MonkeyPatch, value: object) -> str:
    """What is said about these settings; empty where nothing is wrong."""
    text = value if isinstance(value, str) else json.dumps(value)
    monkeypatch.setenv("DIALOGFORUM_OIDC_PROVIDERS", text)
    try:
        read_settings()
    except ValueError as problem:
        return str(problem)
    return ""


GOOD = {
    "none": [],
    "a plain one": [PLAIN],
    "one tenant": [PLAIN | {"kind": "entra"}],
    "many tenants": [MANY | {"tenants": ["a", "b"]}],
    "roles, checked there": [MANY | {"tenants": ["a"], "level_is_checked_there": True} | ROLES],
    "a broker with roles": [PLAIN | {"kind": "broker"} | ROLES],
    "a provider on this machine": [PLAIN | {"issuer": "http://127.0.0.1:9000"}],
}


@pytest.mark.parametrize("case", GOOD)
def test_settings_that_fit_together_are_taken(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    assert read(monkeypatch, GOOD[case]) == ""


WRONG = {
    "no JSON": ("[{", "cannot be read"),
    "a line that is not checked": (
        [PLAIN | {"issuer": "http://login.example"}],
        "issuer must start with https",
    ),
    "no secret": ([PLAIN | {"client_secret": ""}], "client_secret is empty"),
    "a key with capitals": ([PLAIN | {"key": "Enkel"}], "number 1 key: "),
    "an unknown word": ([PLAIN, PLAIN | {"secret": "x"}], "number 2 secret: "),
    "many tenants without a list": ([MANY], "the list of those that are let in"),
    "a template without metadata": ([MANY | {"metadata_url": None}], "needs its metadata_url"),
    "the common tenant": (
        [PLAIN | {"kind": "entra", "issuer": "https://login.example/common/v2.0"}],
        "the list of those that are let in",
    ),
    "tenants of a plain one": ([PLAIN | {"tenants": ["a"]}], "for kind entra only"),
    "no openid": ([PLAIN | {"scopes": ["email"]}], "scopes must hold openid"),
    "parameters of our own": (
        [PLAIN | {"authorize_params": {"state": "x"}}],
        "what the sign-in itself decides",
    ),
    "a role claim alone": ([PLAIN | {"role_claim": "roles"}], "role_claim and roles go together"),
    "organisations alone": ([PLAIN | {"organisations": "cvr"}], "go together"),
    "roles without organisations": (
        [PLAIN | {"role_claim": "roles", "roles": {"x": "admin"}}],
        "they need organisation_claim",
    ),
    "an admin without a level": ([PLAIN | ROLES], "roles of trust need level_claim"),
    "a level without a claim": ([PLAIN | {"lowest_level": NSIS[1]}], "levels need level_claim"),
    "an unknown level": (
        [PLAIN | {"kind": "broker", "lowest_level": "Betydelig"}],
        "a level is named that is not among levels",
    ),
    "two of the same key": ([PLAIN, PLAIN | {"issuer": "https://andet.example"}], "the same key, enkel"),
    "two of the same issuer": ([PLAIN, PLAIN | {"key": "to"}], "the same issuer, https://login.example"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_told_in_a_sentence_without_the_secret(
    monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    value, words = WRONG[case]
    said = read(monkeypatch, value)
    assert words in said
    assert "OIDC_PROVIDERS" in said or case == "no JSON"
    assert "meget-hemmeligt" not in said
    assert "\n" not in said


def test_what_a_broker_leaves_out_is_filled_in_on_the_safe_side() -> None:
    broker = ProviderSettings(**PLAIN | {"kind": "broker"}).provider()
    assert broker.metadata_url == "https://login.example/.well-known/openid-configuration"
    assert broker.stable_claims == ("nemlogin.persistent_professional_id",)
    assert broker.required_claims == {"identity_type": "professional"}
    assert (broker.level_claim, broker.levels, broker.lowest_level) == ("loa", NSIS, NSIS[0])
    assert broker.role_levels == dict.fromkeys(("staff", "admin", "auditor"), NSIS[1])
    assert broker.skew == 60
    assert "meget-hemmeligt" not in repr(broker)


def test_in_production_no_provider_is_on_an_unchecked_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "CONTACT_NAME",
        "CONTACT_MAIL",
        "CONTACT_PHONE",
        "DATA_RESPONSIBLE",
        "MAIL_FROM",
        "SMTP_HOST",
    ):
        monkeypatch.setenv(f"DIALOGFORUM_{name}", "x")
    monkeypatch.setenv("DIALOGFORUM_ENVIRONMENT", "production")
    monkeypatch.setenv("DIALOGFORUM_BASE_URL", "https://forum.example")
    said = read(monkeypatch, [PLAIN | {"issuer": "http://127.0.0.1:9000"}])
    assert "enkel: issuer must start with https://" in said


def test_the_examples_of_the_documentation_are_taken() -> None:
    text = (Path(__file__).parent.parent / "docs" / "sign-in.md").read_text()
    examples = [block.strip() for block in re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)]
    read = [json.loads(example) for example in examples]
    providers = [
        ProviderSettings(**one) for found in read for one in ([found] if isinstance(found, dict) else found)
    ]
    assert [one.kind for one in providers] == ["entra", "broker"]


def test_every_word_of_the_settings_is_documented() -> None:
    text = (Path(__file__).parent.parent / "docs" / "sign-in.md").read_text()
    table = text[text.index("## Every word") : text.index("## What a sign-in does")]
    assert set(re.findall(r"`([a-z_]+)`", table)) >= set(ProviderSettings.model_fields)
