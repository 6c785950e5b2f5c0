"""Identity providers in the settings: `DIALOGFORUM_OIDC_PROVIDERS`, a JSON list (docs/sign-in.md)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from app.core.policy import Role
from app.identity.providers import NSIS, TENANT, Kind, Provider

Word = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
# What the code flow itself says; the settings may only add to it.
_OWN_PARAMETERS = frozenset(
    {
        "response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce",
        "code_challenge", "code_challenge_method", "prompt", "request", "request_uri",
    }
)  # fmt: skip
_STABLE = {
    "entra": ("oid", "sub"),
    "broker": ("nemlogin.persistent_professional_id",),
    "plain": ("sub",),
}
_TRUSTED_ROLES = ("staff", "admin", "auditor")


class ProviderSettings(BaseModel):
    """One provider. What is left out is as its kind usually has it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    label: Word
    kind: Kind
    issuer: Word
    metadata_url: Word | None = None
    client_id: Word
    client_secret: SecretStr
    scopes: list[Word] = ["openid", "profile", "email"]
    authorize_params: dict[str, str] = {}
    tenants: list[Word] = []
    stable_claim: Word | None = None
    required_claims: dict[str, str] | None = None
    level_claim: Word | None = None
    levels: list[Word] | None = None
    lowest_level: Word | None = None
    role_levels: dict[Role, Word] | None = None
    level_is_checked_there: bool = False
    role_claim: Word | None = None
    roles: dict[Word, Role] = {}
    organisation_claim: Word | None = None
    organisations: dict[Word, Word] | Literal["cvr"] = {}
    asks_userinfo: bool = False
    signs_out: bool = True
    clock_skew: int = Field(default=60, ge=0, le=300)

    @model_validator(mode="after")
    def _fits_together(self) -> "ProviderSettings":
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> list[str]:
        levels = self._levels()
        named = [level for level in (self.lowest_level, *(self.role_levels or {}).values()) if level]
        rules = [
            (not self.client_secret.get_secret_value(), "client_secret is empty"),
            (not _is_checked_line(self.issuer), "issuer must start with https://"),
            (
                self.metadata_url is not None and not _is_checked_line(self.metadata_url),
                "metadata_url must start with https://",
            ),
            (
                TENANT in self.issuer and not self.metadata_url,
                f"an issuer with {TENANT} needs its metadata_url",
            ),
            (
                (TENANT in self.issuer or "/common/" in self.issuer or "/organizations/" in self.issuer)
                and not self.tenants,
                "an issuer for many tenants needs tenants: the list of those that are let in",
            ),
            (self.tenants and self.kind != "entra", "tenants are for kind entra only"),
            ("openid" not in self.scopes, "scopes must hold openid"),
            (
                bool(_OWN_PARAMETERS & self.authorize_params.keys()),
                "authorize_params holds what the sign-in itself decides",
            ),
            (bool(self.roles) != bool(self.role_claim), "role_claim and roles go together"),
            (
                bool(self.organisations) != bool(self.organisation_claim),
                "organisation_claim and organisations go together",
            ),
            (
                bool(self.roles) and not self.organisations,
                "roles are roles in an organisation: they need organisation_claim and organisations",
            ),
            (bool(named) and not self._level_claim(), "levels need level_claim"),
            (any(level not in levels for level in named), "a level is named that is not among levels"),
            (
                any(role in self.roles.values() for role in _TRUSTED_ROLES)
                and not self._level_claim()
                and not self.level_is_checked_there,
                "roles of trust need level_claim, or level_is_checked_there where the provider itself "
                "lets nobody in without a second factor",
            ),
        ]
        return [sentence for is_wrong, sentence in rules if is_wrong]

    def _level_claim(self) -> str | None:
        return self.level_claim or ("loa" if self.kind == "broker" else None)

    def _levels(self) -> tuple[str, ...]:
        return tuple(self.levels) if self.levels else NSIS

    def _role_levels(self) -> dict[str, str]:
        """The least that each role needs: unless the settings say otherwise, the second level for trust."""
        if self._level_claim() is None:
            return {}
        levels = self._levels()
        usual = dict.fromkeys(_TRUSTED_ROLES, levels[min(1, len(levels) - 1)])
        return usual | dict(self.role_levels or {})

    def provider(self) -> Provider:
        """The provider as the rest of the house knows it."""
        needed = {"identity_type": "professional"} if self.kind == "broker" else {}
        by_cvr = self.organisations == "cvr"
        level_claim = self._level_claim()
        return Provider(
            key=self.key,
            label=self.label,
            kind=self.kind,
            issuer=self.issuer,
            metadata_url=self.metadata_url or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=self.client_id,
            client_secret=self.client_secret.get_secret_value(),
            scopes=tuple(self.scopes),
            authorize_params=self.authorize_params,
            tenants=frozenset(self.tenants),
            stable_claims=(self.stable_claim,) if self.stable_claim else _STABLE[self.kind],
            required_claims=needed if self.required_claims is None else self.required_claims,
            level_claim=level_claim,
            levels=self._levels() if level_claim else (),
            lowest_level=(self.lowest_level or self._levels()[0]) if level_claim else None,
            role_levels=self._role_levels(),
            role_claim=self.role_claim,
            roles=self.roles,
            organisation_claim=self.organisation_claim,
            organisations=self.organisations if isinstance(self.organisations, dict) else {},
            organisations_by_cvr=by_cvr,
            asks_userinfo=self.asks_userinfo,
            signs_out=self.signs_out,
            skew=self.clock_skew,
        )


def _is_checked_line(address: str) -> bool:
    """https, or a provider on this very machine, for trying things out."""
    return address.startswith(("https://", "http://127.0.0.1:", "http://localhost:"))


def check_together(providers: list[ProviderSettings], is_production: bool) -> None:
    """Refuse what cannot stand side by side. Raises ValueError with a sentence."""
    for name in ("key", "issuer"):
        values = [getattr(one, name) for one in providers]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise ValueError(f"DIALOGFORUM_OIDC_PROVIDERS: two providers have the same {name}, {twice}")
    for one in providers:
        if is_production and not one.issuer.startswith("https://"):
            raise ValueError(f"DIALOGFORUM_OIDC_PROVIDERS: {one.key}: issuer must start with https://")
