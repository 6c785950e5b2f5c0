"""A provider that lies, in every way that it can: nobody is signed in, no account is made, and it is told."""

import hmac
from base64 import urlsafe_b64encode
from json import dumps
from typing import Any

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy import update

from app.core.clock import now
from app.domain.organisations.models import Organisation
from app.domain.users.models import User
from tests.identity.oidc.conftest import BROKER, ENTRA, Desk
from tests.identity.oidc.liar import CLIENT, NSIS, OTHER_RSA, RSA, FromNow, Liar, send_json, sign
from tests.identity.oidc.refusals import NOT_TRUSTED, STALE, assert_refused
from tests.site import Site

WRONG_CLAIMS = {
    "another issuer": ({"iss": "https://ond.example"}, "InvalidClaimError iss"),
    "no issuer": ({"iss": None}, "MissingClaimError iss"),
    "another audience": ({"aud": "en-anden"}, "InvalidClaimError aud"),
    "another audience, made for us": ({"aud": ["en-anden"], "azp": CLIENT}, "InvalidClaimError aud"),
    "no audience": ({"aud": None}, "MissingClaimError aud"),
    "shared, made for nobody": ({"aud": [CLIENT, "en-anden"]}, "MissingClaimError azp"),
    "made for another": ({"azp": "en-anden"}, "InvalidClaimError azp"),
    "expired": ({"exp": FromNow(-61)}, "ExpiredTokenError exp"),
    "never expires": ({"exp": None}, "MissingClaimError exp"),
    "expires at no number": ({"exp": float("nan")}, "InvalidClaimError exp"),
    "not yet valid": ({"nbf": FromNow(70)}, "InvalidClaimError nbf"),
    "made in the future": ({"iat": FromNow(70)}, "InvalidClaimError iat"),
    "no time": ({"iat": None}, "MissingClaimError iat"),
    "another nonce": ({"nonce": "en-anden"}, "InvalidClaimError nonce"),
    "no nonce": ({"nonce": None}, "MissingClaimError nonce"),
    "empty nonce": ({"nonce": ""}, "nonce"),
    "another access token": ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "InvalidClaimError at_hash"),
    "nobody": ({"sub": None}, "MissingClaimError sub"),
    "an empty name for somebody": ({"sub": ""}, "InvalidClaimError sub"),
    "a subject with a line break": ({"sub": "a\nb"}, "no lasting id"),
    "a subject without end": ({"sub": "x" * 300}, "no lasting id"),
    "a subject that is a number": ({"sub": 7}, "InvalidClaimError sub"),
    "text that cannot be kept": ({"name": "a\x00b"}, "text which cannot be kept"),
}


@pytest.mark.parametrize("lie", WRONG_CLAIMS)
def test_a_wrong_claim_is_refused(lone: Desk, told: pytest.LogCaptureFixture, lie: str) -> None:
    changes, why = WRONG_CLAIMS[lie]
    page = lone.sign_in("plain", **changes)
    assert_refused(lone, told, page, 403, NOT_TRUSTED, why)


def unsigned(claims: dict[str, Any], algorithm: str) -> str:
    def part(value: object) -> str:
        return urlsafe_b64encode(dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims)}."


def sign_with_the_public_key(claims: dict[str, Any]) -> str:
    """The public key, which everybody knows, taken for a shared secret."""
    signed = unsigned(claims, "HS256").rstrip(".")
    signature = hmac.digest(RSA.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


FORGED = {
    "alg none": (lambda claims: unsigned(claims, "none"), "an algorithm that is not allowed"),
    "alg None": (lambda claims: unsigned(claims, "None"), "an algorithm that is not allowed"),
    "no signature": (lambda claims: unsigned(claims, "RS256"), "no key of the provider fits"),
    "HS256 with the public key": (
        lambda claims: sign_with_the_public_key(claims),
        "an algorithm that is not allowed",
    ),
    "a key of somebody else": (lambda claims: sign(claims, OTHER_RSA), "no key of the provider fits"),
    "a key of somebody else under a known name": (
        lambda claims: sign(claims, OTHER_RSA, kid="rsa-1"),
        "no key of the provider fits",
    ),
    "a key that the token brings along": (
        lambda claims: sign(claims, OTHER_RSA, jwk={"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        "no key of the provider fits",
    ),
    "a logout token": (lambda claims: sign(claims, typ="logout+jwt"), "a token of another type"),
    "a demand that nobody understands": (
        lambda claims: sign(claims, crit=["fremmed"], fremmed="1"),
        "UnsupportedHeader",
    ),
    "no token": (lambda claims: "a.b.c", "no token"),
    "nothing but dots": (lambda claims: "..", "no token"),
    "a token without end": (lambda claims: sign(claims | {"x": "y" * 150_000}), "no token"),
    "a text without end": (lambda claims: sign(claims | {"x": "y" * 5_000}), "text which cannot be kept"),
}


@pytest.mark.parametrize("lie", FORGED)
def test_a_forged_token_is_refused(lone: Desk, told: pytest.LogCaptureFixture, lie: str) -> None:
    forge, why = FORGED[lie]
    begun = lone.begin("plain")
    token = forge(lone.liar.claims("plain", begun.asked["nonce"]))
    page = begun.come_back(lone.liar.give_code(token))
    assert_refused(lone, told, page, 403, NOT_TRUSTED, why)


def test_a_token_changed_after_it_was_signed_is_refused(lone: Desk, told: pytest.LogCaptureFixture) -> None:
    begun = lone.begin("plain")
    head, _, signature = sign(lone.liar.claims("plain", begun.asked["nonce"])).split(".")
    other = unsigned(lone.liar.claims("plain", begun.asked["nonce"], sub="admin"), "RS256").split(".")[1]
    page = begun.come_back(lone.liar.give_code(f"{head}.{other}.{signature}"))
    assert_refused(lone, told, page, 403, NOT_TRUSTED, "no key of the provider fits")


# --- state, browser and code


def test_an_unknown_state_is_refused_without_asking_the_provider(
    lone: Desk, told: pytest.LogCaptureFixture
) -> None:
    begun = lone.begin("plain")
    lone.liar.asked.clear()
    page = begun.come_back("kode", state="opdigtet")
    assert_refused(lone, told, page, 400, STALE, "an unknown state")
    assert lone.liar.asked == []


def test_a_missing_state_is_refused(lone: Desk, told: pytest.LogCaptureFixture) -> None:
    page = lone.begin("plain").come_back("kode", state=None)
    assert_refused(lone, told, page, 400, STALE, "an unknown state")


def test_a_link_opened_in_another_browser_is_refused_and_uses_nothing_up(
    lone: Desk, told: pytest.LogCaptureFixture
) -> None:
    begun = lone.begin("plain")
    code = lone.liar.give_code(sign(lone.liar.claims("plain", begun.asked["nonce"], name="Pia")))
    thief = lone.begin("plain")
    stolen = thief.come_back(code, state=begun.asked["state"])
    assert_refused(lone, told, stolen, 400, STALE, "a state of another browser")
    assert begun.come_back(code).headers["location"] == "/moeder?kvittering=signed_in"


def test_a_state_swapped_with_that_of_ones_own_other_sign_in_is_refused(
    lone: Desk, told: pytest.LogCaptureFixture
) -> None:
    first = lone.begin("plain")
    second = lone.begin("plain", first.browser)
    code = lone.liar.give_code(sign(lone.liar.claims("plain", first.asked["nonce"])))
    page = first.come_back(code, state=second.asked["state"])
    assert_refused(lone, told, page, 403, NOT_TRUSTED, "InvalidClaimError nonce")


def test_an_answer_that_comes_twice_is_refused_the_second_time(
    lone: Desk, told: pytest.LogCaptureFixture
) -> None:
    begun = lone.begin("plain", lone.site.new_browser())
    cookies = dict(begun.browser.client.cookies)
    token = sign(lone.liar.claims("plain", begun.asked["nonce"]))
    assert begun.come_back(lone.liar.give_code(token)).status_code == 303
    lone.before = lone.count()
    begun.browser.client.cookies.clear()
    for name, value in cookies.items():
        begun.browser.client.cookies.set(name, value)
    page = begun.come_back(lone.liar.give_code(token))
    assert_refused(lone, told, page, 400, STALE, "a state that was used before")


def test_a_code_that_was_used_before_is_refused(lone: Desk, told: pytest.LogCaptureFixture) -> None:
    begun = lone.begin("plain")
    code = lone.liar.give_code(sign(lone.liar.claims("plain", begun.asked["nonce"])))
    lone.liar.codes.clear()
    page = begun.come_back(code)
    assert_refused(lone, told, page, 403, NOT_TRUSTED, "the provider took no code")


def test_a_token_of_an_earlier_sign_in_is_refused(lone: Desk, told: pytest.LogCaptureFixture) -> None:
    earlier = lone.begin("plain")
    later = lone.begin("plain")
    token = sign(lone.liar.claims("plain", earlier.asked["nonce"]))
    page = later.come_back(lone.liar.give_code(token))
    assert_refused(lone, told, page, 403, NOT_TRUSTED, "InvalidClaimError nonce")


def test_an_answer_at_the_address_of_another_provider_is_refused(
    lone: Desk, told: pytest.LogCaptureFixture
) -> None:
    begun = lone.begin("plain")
    code = lone.liar.give_code(sign(lone.liar.claims("other", begun.asked["nonce"])))
    begun.provider = "other"
    assert_refused(lone, told, begun.come_back(code), 400, STALE, "a state of another provider")


def test_an_answer_that_names_another_issuer_is_refused(lone: Desk, told: pytest.LogCaptureFixture) -> None:
    begun = lone.begin("plain")
    code = lone.liar.give_code(sign(lone.liar.claims("plain", begun.asked["nonce"])))
    page = begun.come_back(code, iss=lone.liar.issuer("other"))
    assert_refused(lone, told, page, 403, NOT_TRUSTED, "an answer of another issuer")


def test_an_answer_that_leaves_out_the_issuer_it_promised_is_refused(
    lone: Desk, told: pytest.LogCaptureFixture
) -> None:
    lone.liar.metadata["authorization_response_iss_parameter_supported"] = True
    begun = lone.begin("plain")
    code = lone.liar.give_code(sign(lone.liar.claims("plain", begun.asked["nonce"])))
    assert_refused(lone, told, begun.come_back(code), 403, NOT_TRUSTED, "without its issuer")


def test_an_error_with_markup_in_its_words_shows_none_of_them(
    lone: Desk, told: pytest.LogCaptureFixture
) -> None:
    begun = lone.begin("plain")
    words = "<script>alert(1)</script>ring til 99 99 99 99"
    page = begun.come_back(code=None, error="ond\nlinje<b>", error_description=words)
    assert_refused(lone, told, page, 400, "kunne ikke logge dig ind", "the provider answered with an error")
    assert "alert(1)" not in page.text
    assert "99 99 99 99" not in page.text


def test_saying_no_at_the_provider_is_told_as_that(lone: Desk, told: pytest.LogCaptureFixture) -> None:
    page = lone.begin("plain").come_back(code=None, error="access_denied")
    assert_refused(lone, told, page, 400, "Du blev ikke logget ind", "said no")


@pytest.mark.parametrize(
    "target",
    [
        "https://ond.example",
        "//ond.example",
        "/\\ond.example",
        "\\\\ond.example",
        "javascript:alert(1)",
        "/\t/ond.example",
    ],
)
def test_no_sign_in_leads_to_another_site(desk: Desk, target: str) -> None:
    begun = desk.begin("plain", target=target)
    token = sign(desk.liar.claims("plain", begun.asked["nonce"], name="Pia"))
    where = begun.come_back(desk.liar.give_code(token)).headers["location"]
    assert where.startswith("/")
    assert not where.replace("\t", "").startswith(("//", "/\\"))


# --- who may come


def test_an_unverified_mail_that_equals_an_admins_opens_nothing(
    asked: Desk, told: pytest.LogCaptureFixture
) -> None:
    page = asked.sign_in("plain", email="alma@vaert.example", email_verified=False)
    assert_refused(asked, told, page, 403, "Din mailadresse er ikke bekræftet", "not verified")


def test_a_mail_that_nobody_vouches_for_and_equals_an_admins_opens_nothing(
    asked: Desk, told: pytest.LogCaptureFixture
) -> None:
    # What nOAuth does: Entra ID lets a tenant's admin write any address on a user.
    page = asked.sign_in(
        "entra", "entra:tenant-her", **ENTRA, email="alma@vaert.example", email_verified=True
    )
    assert_refused(asked, told, page, 409, "Du har allerede en konto her", "belongs to an account")


def test_a_verified_mail_of_an_account_does_not_open_it(asked: Desk, told: pytest.LogCaptureFixture) -> None:
    page = asked.sign_in("plain", email="Alma@vaert.example", email_verified=True)
    assert_refused(asked, told, page, 409, "Du har allerede en konto her", "belongs to an account")
    assert "Forbindelser" in page.text
    assert "alma@" not in page.text.lower()
    assert "alma@" not in told.text


def test_the_same_subject_at_another_issuer_is_somebody_else(desk: Desk) -> None:
    first, second = desk.site.new_browser(), desk.site.new_browser()
    assert desk.sign_in("plain", browser=first, name="Pia", sub="1").status_code == 303
    assert desk.sign_in("other", browser=second, name="Ole", sub="1").status_code == 303
    with desk.site.unit() as session:
        assert sorted(u.name for u in session.query(User).where(User.name.in_(["Pia", "Ole"]))) == [
            "Ole",
            "Pia",
        ]


def test_the_same_subject_and_mail_at_another_issuer_is_refused(
    asked: Desk, told: pytest.LogCaptureFixture
) -> None:
    known = {"sub": "1", "email": "pia@plain.example", "email_verified": True, "name": "Pia"}
    assert asked.sign_in("plain", **known).status_code == 303
    asked.before = asked.count()
    page = asked.sign_in("other", **known)
    assert_refused(asked, told, page, 409, "Du har allerede en konto her", "belongs to an account")


def test_a_foreign_tenant_is_refused(asked: Desk, told: pytest.LogCaptureFixture) -> None:
    page = asked.sign_in("entra", "entra:tenant-ond", **ENTRA | {"tid": "tenant-ond"})
    assert_refused(asked, told, page, 403, "Din organisation har ikke adgang", "a tenant that is not let in")


def test_a_tenant_in_the_claims_that_is_not_that_of_the_issuer_is_refused(
    asked: Desk, told: pytest.LogCaptureFixture
) -> None:
    page = asked.sign_in("entra", "entra:tenant-ond", **ENTRA)
    assert_refused(asked, told, page, 403, NOT_TRUSTED, "InvalidClaimError iss")


def test_a_key_that_signs_for_another_tenant_only_is_refused(
    asked: Desk, told: pytest.LogCaptureFixture
) -> None:
    keys = {"keys": [RSA.as_dict(private=False, issuer=asked.liar.issuer("entra:tenant-vaert"))]}
    asked.liar.answers["keys"] = lambda handler: send_json(handler, keys)
    page = asked.sign_in("entra", "entra:tenant-her", **ENTRA)
    assert_refused(asked, told, page, 403, NOT_TRUSTED, "no key of the provider fits")


@pytest.mark.parametrize(
    "level", [None, "Low", NSIS + "low", "https://data.gov.dk/concept/core/nsis", ["x"], 4]
)
def test_a_level_that_is_not_known_is_too_low(
    asked: Desk, told: pytest.LogCaptureFixture, level: object
) -> None:
    page = asked.sign_in("broker", **BROKER | {"loa": level})
    assert_refused(asked, told, page, 403, "større sikkerhed", "the level of assurance is too low")


def test_a_level_that_is_too_low_for_the_role_is_refused(asked: Desk, told: pytest.LogCaptureFixture) -> None:
    with asked.site.unit() as session:
        session.execute(_set_cvr("vaert"))
    page = asked.sign_in("broker", **BROKER | {"loa": NSIS + "Low", "roles": ["Forum.Admin"]})
    assert_refused(asked, told, page, 403, "større sikkerhed", "too low for the role")


def _set_cvr(key: str) -> Any:
    return update(Organisation).where(Organisation.key == key).values(cvr="12345674")


def test_a_private_person_at_the_broker_is_refused(asked: Desk, told: pytest.LogCaptureFixture) -> None:
    page = asked.sign_in("broker", **BROKER | {"identity_type": "private"})
    assert_refused(asked, told, page, 403, "erhvervsbruger", "claim identity_type")


def test_a_broker_that_names_no_lasting_id_is_refused(asked: Desk, told: pytest.LogCaptureFixture) -> None:
    page = asked.sign_in("broker", **BROKER | {"nemlogin.persistent_professional_id": None})
    assert_refused(asked, told, page, 403, NOT_TRUSTED, "no lasting id")


def test_a_closed_account_is_not_opened(asked: Desk, told: pytest.LogCaptureFixture) -> None:
    assert asked.sign_in("plain", name="Pia").status_code == 303
    with asked.site.unit() as session:
        session.execute(update(User).where(User.name == "Pia").values(disabled_at=now()))
    asked.before = asked.count()
    page = asked.sign_in("plain", name="Pia")
    assert_refused(asked, told, page, 403, "Kontoen er lukket", "the account is closed")


def test_what_goes_to_the_provider_is_what_the_code_flow_asks(desk: Desk, liar: Liar, site: Site) -> None:
    begun = desk.begin("plain")
    assert {k: v for k, v in begun.asked.items() if k not in ("state", "nonce", "code_challenge")} == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": "http://testserver/log-ind/hos/plain/retur",
        "scope": "openid profile email",
        "code_challenge_method": "S256",
    }
    assert all(len(begun.asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    token = sign(liar.claims("plain", begun.asked["nonce"], name="Pia"))
    assert begun.come_back(liar.give_code(token)).status_code == 303
    sent = liar.token_requests[-1]
    assert sent["client_secret"] == ["hemmeligt ord"]
    assert sent["redirect_uri"] == ["http://testserver/log-ind/hos/plain/retur"]
    assert create_s256_code_challenge(sent["code_verifier"][0]) == begun.asked["code_challenge"]
