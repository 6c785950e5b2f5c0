"""Identity providers as the settings describe them: plain values, made by the entry points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.core.policy import Role

Kind = Literal["entra", "broker", "plain"]
Claims = Mapping[str, object]

# Levels of assurance of the National Standard for Identity Assurance Levels (NSIS), lowest first.
NSIS = tuple(f"https://data.gov.dk/concept/core/nsis/{level}" for level in ("Low", "Substantial", "High"))
TENANT = "{tenantid}"
# Never "none", and nothing that is signed with a shared secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
# The role that counts where several are given.
_RANK: tuple[Role, ...] = ("admin", "staff", "auditor", "member")


class Denied(Exception):
    """A sign-in that ends here. `code` names the page to show; `detail` is for the log, nothing personal."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. `issuer` of a multi-tenant Entra ID holds `{tenantid}`; `tenants` are those let in.

    `stable_claims` name the lasting id, the best first. `organisations` maps a value of `organisation_claim`
    to the key of an organisation; with `organisations_by_cvr` the value is a CVR number instead.
    `levels` are the values of `level_claim`, lowest first; `role_levels` the least that each role needs.
    """

    key: str
    label: str
    kind: Kind
    issuer: str
    metadata_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    authorize_params: Mapping[str, str] = field(default_factory=dict)
    tenants: frozenset[str] = frozenset()
    stable_claims: tuple[str, ...] = ("sub",)
    required_claims: Mapping[str, str] = field(default_factory=dict)
    level_claim: str | None = None
    levels: tuple[str, ...] = ()
    lowest_level: str | None = None
    role_levels: Mapping[str, str] = field(default_factory=dict)
    role_claim: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    organisation_claim: str | None = None
    organisations: Mapping[str, str] = field(default_factory=dict)
    organisations_by_cvr: bool = False
    asks_userinfo: bool = False
    signs_out: bool = True
    skew: int = 60  # seconds

    @property
    def has_many_tenants(self) -> bool:
        return TENANT in self.issuer


def issuer_for(provider: Provider, claims: Claims) -> str | None:
    """The issuer that a token with these claims must name; None where its tenant is not let in."""
    tenant = claims.get("tid")
    if provider.kind == "entra" and provider.tenants and tenant not in provider.tenants:
        return None
    return provider.issuer.replace(TENANT, str(tenant)) if provider.has_many_tenants else provider.issuer


def is_issuer(provider: Provider, issuer: str) -> bool:
    """Whether this issuer is the provider's, in one of the tenants that are let in."""
    if not provider.has_many_tenants:
        return issuer == provider.issuer
    return any(issuer == provider.issuer.replace(TENANT, tenant) for tenant in provider.tenants)


def read_texts(claims: Claims, name: str | None) -> list[str]:
    """The texts of a claim, which may be one or a list."""
    value = claims.get(name) if name else None
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str) and one]


def find_level(provider: Provider, claims: Claims) -> int:
    """The highest level that the claims state, as its place among the provider's; -1 for none known."""
    stated = [
        provider.levels.index(v) for v in read_texts(claims, provider.level_claim) if v in provider.levels
    ]
    return max(stated, default=-1)


def is_level_enough(provider: Provider, claims: Claims, roles: list[str]) -> bool:
    """Whether the sign-in was as sure as the provider's settings ask, for everybody and for these roles."""
    if provider.level_claim is None:
        return True
    needed = [provider.lowest_level, *(provider.role_levels.get(role) for role in roles)]
    lowest = max(provider.levels.index(level) for level in needed if level is not None)
    return find_level(provider, claims) >= lowest


def find_role(provider: Provider, claims: Claims) -> Role | None:
    """The role that the provider gives, by the settings' table; None for no word about it."""
    given = {provider.roles[v] for v in read_texts(claims, provider.role_claim) if v in provider.roles}
    return next((role for role in _RANK if role in given), None)
