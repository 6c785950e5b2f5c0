"""Settings, read from the environment by the entry points only (`DIALOGFORUM_…`, and `DATABASE_URL`)."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from app.plain_lines import find_plain_database, find_plain_mail, find_plain_store
from app.provider_settings import ProviderSettings, check_together


class Settings(BaseSettings):
    """Everything that differs from one installation to the next."""

    model_config = SettingsConfigDict(env_prefix="DIALOGFORUM_", extra="ignore", hide_input_in_errors=True)

    environment: Literal["demo", "production"] = "demo"
    # A folder with a file for each setting that is kept apart from the others, as a vault lays them out.
    secrets: Path | None = None
    data: Path = Path("var")
    database_url: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("DIALOGFORUM_DATABASE_URL", "DATABASE_URL")
    )
    migration_url: SecretStr | None = None
    base_url: str = "http://localhost:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    run_worker: bool = True
    # Web processes of `serve`, forked from one; with more than one the worker is a process of its own.
    processes: int = Field(default=1, ge=1, le=64)
    log_format: Literal["text", "json"] = "text"
    # What a program that collects figures at /metrics shows; without it that address is not there.
    metrics_key: SecretStr | None = Field(default=None, min_length=16)

    # Bytes of pages that each process keeps for strangers; 0 keeps none.
    page_cache: int = Field(default=32 * 1024 * 1024, ge=0)

    storage_url: str | None = None
    storage_endpoint: str | None = None
    storage_access_key: str | None = None
    storage_secret_key: SecretStr | None = None
    storage_region: str = "us-east-1"

    # Whether production refuses to start with a line to another machine that is not by TLS with a certificate
    # that is checked; else it says so at each start.
    require_tls: bool = False

    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: Literal["none", "starttls", "implicit"] = "starttls"
    mail_from: str = "Dialogforum <dialogforum@example.org>"

    oidc_providers: list[ProviderSettings] = []

    site_name: str = "Dialogforum"
    contact_name: str = "Eksempelforeningens sekretariat"
    contact_mail: str = "kontakt@eksempelforeningen.example"
    contact_phone: str = "00 00 00 00"
    data_responsible: str = "Eksempelforeningen (demo)"
    accessibility_statement_url: str | None = None
    answer_within_days: int = Field(default=90, ge=1, le=365)
    upload_limit: int = Field(default=50_000_000, ge=1_000_000)
    # Receivers of webhooks that may be sent to though they are near or speak no https, each as host:port: for
    # trying things out.
    webhook_exceptions: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+:[0-9]{1,5}$")]] = []
    # The only names that webhooks may be sent to, with all below them; none for all of the open internet.
    webhook_hosts: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]] = []
    # When the accessibility statement was made, and when it was last gone through.
    accessibility_made_on: date = date(2026, 11, 22)
    accessibility_reviewed_on: date = date(2026, 11, 22)

    # Days for which each kind of data is kept, as app/privacy/periods.py tells.
    keep_needs: int = Field(default=14, ge=1, le=60)
    keep_codes: int = Field(default=1, ge=1, le=30)
    keep_sessions: int = Field(default=30, ge=1, le=365)
    keep_copies: int = Field(default=7, ge=1, le=7)
    keep_mails: int = Field(default=90, ge=7, le=730)
    keep_forms: int = Field(default=30, ge=1, le=365)
    keep_counts: int = Field(default=1, ge=1, le=30)
    keep_bin: int = Field(default=30, ge=1, le=365)
    keep_addresses_of_log: int = Field(default=180, ge=1, le=1826)
    keep_loose_identities: int = Field(default=30, ge=1, le=365)
    keep_registrations: int = Field(default=730, ge=30, le=3653)
    keep_attendees: int = Field(default=730, ge=60, le=3653)
    keep_invitations: int = Field(default=180, ge=30, le=3653)
    keep_speakers: int = Field(default=180, ge=60, le=3653)
    keep_reports: int = Field(default=730, ge=30, le=3653)
    keep_unused_accounts: int = Field(default=730, ge=180, le=3653)
    keep_warning: int = Field(default=30, ge=14, le=90)
    keep_consents: int = Field(default=1095, ge=30, le=3653)
    keep_log: int = Field(default=1826, ge=366, le=3653)

    @property
    def is_demo(self) -> bool:
        return self.environment == "demo"

    @field_validator("base_url")
    @classmethod
    def _is_bare_address(cls, value: str) -> str:
        """Addresses of pages are put behind it as they are."""
        value = value.rstrip("/")
        parts = urlsplit(value)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or value != f"{parts.scheme}://{parts.netloc}"
        ):
            raise ValueError("an address such as https://forum.example.dk, with nothing behind the name")
        return value

    @model_validator(mode="after")
    def _providers_fit(self) -> "Settings":
        check_together(self.oidc_providers, self.environment == "production")
        return self

    @model_validator(mode="after")
    def _production_is_complete(self) -> "Settings":
        if self.environment != "production":
            return self
        missing = {
            "contact_name",
            "contact_mail",
            "contact_phone",
            "data_responsible",
            "base_url",
            "mail_from",
        } - self.model_fields_set
        if self.smtp_host is None:
            missing.add("smtp_host")
        if self.webhook_exceptions:
            raise ValueError("production takes no DIALOGFORUM_WEBHOOK_EXCEPTIONS: they lead to what is near")
        if missing:
            names = ", ".join(f"DIALOGFORUM_{name.upper()}" for name in sorted(missing))
            raise ValueError(f"production needs these settings: {names}")
        if not self.base_url.startswith("https://"):
            raise ValueError("production needs DIALOGFORUM_BASE_URL to start with https://")
        if self.require_tls and (plain := self.plain_lines()):
            raise ValueError("; ".join(plain))
        return self

    def plain_lines(self) -> list[str]:
        """What goes to other machines in the open, or to whoever answers in their name: a sentence each."""
        urls = {"DATABASE_URL": self.database_url, "DIALOGFORUM_MIGRATION_URL": self.migration_url}
        found = [
            sentence
            for name, url in urls.items()
            if url is not None
            for sentence in find_plain_database(name, url.get_secret_value())
        ]
        return [
            *found,
            *find_plain_mail(self.smtp_host, self.smtp_tls),
            *find_plain_store(self.storage_endpoint),
        ]


def read_settings() -> Settings:
    """The settings of this process. Raises ValueError with one sentence for each that is wrong, no values."""
    folder = os.environ.get("DIALOGFORUM_SECRETS")
    if folder and not Path(folder).is_dir():
        raise ValueError("DIALOGFORUM_SECRETS: there is no such folder")
    try:
        return Settings(_secrets_dir=folder or None)
    except SettingsError as error:
        raise ValueError(f"the settings cannot be read, a list must be JSON: {error}") from None
    except ValidationError as error:
        raise ValueError("; ".join(_tell(fault) for fault in error.errors(include_input=False))) from None


def _tell(fault: Any) -> str:
    """One fault: the setting's name as it is written in the environment, and what is wrong."""
    sentence = fault["msg"].removeprefix("Value error, ")
    if not fault["loc"]:
        return str(sentence)
    name, *inside = (str(part) for part in fault["loc"])
    name = name if name.isupper() else f"DIALOGFORUM_{name.upper()}"
    # A list counts from nought, people from one.
    where = " ".join(f"number {int(part) + 1}" if part.isdecimal() else part for part in inside)
    return f"{name}{' ' + where if where else ''}: {sentence}"
