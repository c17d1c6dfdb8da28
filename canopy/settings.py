"""Settings, from the environment (``CANOPY_…``) and from a TOML file.

The file is ``canopy.toml`` in the working directory, or the one ``CANOPY_CONFIG`` names;
the environment wins over the file. Settings are built once, by the command line or
`create_app`, and handed down as arguments.
"""

from __future__ import annotations

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from canopy.errors import CanopyError

_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")
"""It goes into the page's content policy, so it holds nothing that could end a directive."""


class BadSettings(CanopyError):
    """A setting is wrong, or its file cannot be read."""

    kind, status, title = "bad-settings", 500, "A setting is wrong"


class Settings(BaseSettings):
    """Every setting of a deployment."""

    model_config = SettingsConfigDict(env_prefix="CANOPY_", extra="forbid", frozen=True)

    db_url: SecretStr = Field(
        default_factory=lambda: SecretStr(f"gpkg://{Path('var/canopy.gpkg').absolute()}"),
        description="gpkg:///absolute/path.gpkg, or postgresql+psycopg://user:password@host/name",
    )
    db_statement_timeout_s: float = Field(
        default=60.0, gt=0, le=86_400, description="Longest time a statement may take [s]"
    )
    db_lock_timeout_s: float = Field(
        default=10.0, gt=0, le=3_600, description="Longest wait for another writer [s]"
    )
    db_pool_size: int = Field(default=8, ge=1, le=100, description="Connections kept open")
    storage_crs: str = Field(
        default="EPSG:27700", description="Projected CRS in metres in which positions are stored"
    )
    catalogue_title: str = Field(
        default="Digital canopy", max_length=200, description="Name shown on maps and pages"
    )
    attribution: str = Field(
        default="", max_length=1_000, description="Line shown on every map and export"
    )
    host: str = Field(default="127.0.0.1", description="Address `canopy serve` listens on")
    port: int = Field(default=8000, ge=0, le=65_535, description="Port `canopy serve` listens on")
    workers: int = Field(default=1, ge=1, le=64, description="Processes that serve")
    forwarded_allow_ips: str = Field(
        default="127.0.0.1",
        max_length=1_000,
        description="Proxies whose X-Forwarded-Proto and X-Forwarded-For are believed: addresses "
        "and networks between commas; empty for none",
    )
    stop_timeout_s: float = Field(
        default=10.0, ge=1, le=600, description="Longest wait of a stopping server for requests [s]"
    )
    map_path: Path | None = Field(
        default=None,
        description="A file made by `canopy map`, served at /map; FILE.map.html beside the "
        "GeoPackage FILE.gpkg, or var/map.html, when absent",
    )
    base_map_url: str | None = Field(
        default=None,
        max_length=500,
        description="Raster tiles below the map app, such as https://host/{z}/{x}/{y}.png; "
        "the bundled coast alone when absent",
    )
    base_map_attribution: str = Field(
        default="", max_length=500, description="What the base map's owner asks to be named as"
    )
    base_map_max_zoom: int = Field(
        default=19, ge=1, le=24, description="Closest zoom the base map has tiles for"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severity that is logged"
    )
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="console on a terminal, json elsewhere"
    )
    metrics: Literal["off", "loopback", "token"] = Field(
        default="loopback",
        description="Who may read /metrics: nobody, programs on this machine that no proxy speaks "
        "for, or whoever sends CANOPY_METRICS_TOKEN",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Bearer token that Prometheus sends, 16 characters or more; it opens nothing "
        "but /metrics",
    )
    ocds_prefix: str = Field(
        default="ocds-unregistered",
        pattern=r"^ocds-[a-z0-9]{6,20}$",
        description="Prefix of ocids in releases, as the Open Contracting Partnership gives it",
    )
    publisher: str = Field(
        default="",
        max_length=200,
        description="Name of the council in what it publishes; the catalogue's title when empty",
    )
    max_import_bytes: int = Field(
        default=4 * 1024**3, ge=1_024, description="Largest file that is imported [bytes]"
    )

    coverage_inputs: Path | None = Field(
        default=None,
        description="Folder with the files that coverage runs asked for over HTTP may name; no "
        "run can be asked for when absent",
    )
    coverage_runs: Path = Field(
        default=Path("var/coverage"), description="Folder that coverage runs are written to"
    )
    coverage_max_cells: int = Field(
        default=10_000_000, ge=1, le=400_000_000, description="Most cells of one coverage run"
    )
    coverage_max_area_km2: float = Field(
        default=5_000.0,
        gt=0,
        le=300_000,
        description="Largest rectangle around a coverage run's area [km²]",
    )
    coverage_max_unended: int = Field(
        default=20, ge=1, le=10_000, description="Most coverage runs that wait or are computed"
    )
    coverage_jobs: int = Field(
        default=1,
        ge=0,
        le=1,
        description="Coverage runs that each serving process computes at a time: none, or one",
    )

    concession_inputs: Path | None = Field(
        default=None,
        description="Folder with index series of the ONS (CSV) and scenario.toml, by which the "
        "service values agreements; those that follow an index have no schedule when absent",
    )

    plan_folder: Path | None = Field(
        default=None,
        description="Folder with the public edition of a plan, as `canopy plan publish` writes it, "
        "shown at / and /plan; FILE.plan beside the GeoPackage FILE.gpkg, or var/plan, when absent",
    )
    plan_rules: Path | None = Field(
        default=None,
        description="TOML file of rules by which the service scores assets; the rules that are "
        "shipped when absent",
    )

    register_checklist: Path | None = Field(
        default=None,
        description="TOML file with the council's wording of items of the checklist of value for "
        "money; told as they are shipped when absent",
    )
    register_documents: Path | None = Field(
        default=None,
        description="Folder that documents of agreements are kept in; none are when absent",
    )
    register_document_max_bytes: int = Field(
        default=50_000_000, ge=1, le=1_000_000_000, description="Largest of them [bytes]"
    )

    mqtt_url: str = Field(
        default="mqtt://127.0.0.1:1883",
        max_length=500,
        description="The broker that gateways publish to: mqtt://host:1883 or mqtts://host:8883",
    )
    mqtt_user: str = Field(default="", max_length=255, description="Who reads from the broker")
    mqtt_password: SecretStr | None = Field(default=None, description="And with what")
    mqtt_ca: Path | None = Field(
        default=None, description="Certificates that the broker's is checked by; the system's else"
    )
    mqtt_certificate: Path | None = Field(
        default=None, description="Canopy's own certificate, where the broker asks for one"
    )
    mqtt_key: Path | None = Field(default=None, description="And its private key")
    mqtt_protocol: Literal["auto", "5", "3.1.1"] = Field(
        default="auto", description="MQTT version; auto is 5, and 3.1.1 where the broker cannot"
    )
    mqtt_client_id: str = Field(
        default="canopy-ingest",
        pattern=r"^[A-Za-z0-9_-]{1,60}$",
        description="Name of the session at the broker; workers add their number to it",
    )
    mqtt_topics: str = Field(
        default="canopy/gateways/#",
        max_length=4_000,
        description="Topic filters that are read, between commas",
    )
    mqtt_keepalive_s: int = Field(
        default=30, ge=5, le=3_600, description="Longest silence before the broker is asked [s]"
    )
    mqtt_session_expiry_s: int = Field(
        default=604_800,
        ge=60,
        le=4_294_967_294,
        description="How long the broker keeps what comes while nobody reads [s]",
    )
    mqtt_receive_maximum: int = Field(
        default=4_000,
        ge=1,
        le=65_535,
        description="Messages that the broker may send before the first is acknowledged",
    )
    iot_inbox_messages: int = Field(
        default=20_000,
        ge=1,
        le=1_000_000,
        description="Messages that wait to be stored; then the broker is held back",
    )
    iot_batch_messages: int = Field(
        default=1_000, ge=1, le=50_000, description="Most messages of one commit"
    )
    iot_batch_age_s: float = Field(
        default=0.02, ge=0.001, le=10, description="How long the first waits for others [s]"
    )
    iot_dead_letters: int = Field(
        default=50,
        ge=0,
        le=100_000,
        description="So many messages that leave dead letters, over all topics and within "
        "`CANOPY_IOT_DEAD_LETTERS_S`, raise an alarm (a happening `dead-letters`, `all topics`); "
        "0 never",
    )
    iot_dead_letters_s: float = Field(
        default=3_600.0,
        ge=1,
        le=604_800,
        description="The span that they are counted in [s]",
    )
    iot_ahead_hours: float = Field(
        default=24.0,
        gt=0,
        le=8_784,
        description="How far ahead of its arrival a reading's time may be [h]",
    )
    iot_retention_days: int = Field(
        default=1_830,
        ge=1,
        le=36_600,
        description="How old a reading may be at most, and how long one is kept whose datastream "
        "does not say less [days]",
    )
    iot_quarters_days: int = Field(
        default=1_830,
        ge=1,
        le=36_600,
        description="How long sums of a quarter of an hour are kept; for as long as readings at "
        "least [days]",
    )
    iot_sums_days: int = Field(
        default=7_320,
        ge=1,
        le=36_600,
        description="How long sums of an hour and a day are kept; for as long as those of a "
        "quarter of an hour at least [days]",
    )
    iot_held_days: int = Field(
        default=90,
        ge=1,
        le=36_600,
        description="How long readings wait in quarantine; then they are removed, and told of "
        "[days]",
    )
    iot_held_most: int = Field(
        default=1_000_000,
        ge=1,
        le=1_000_000_000,
        description="Most readings in quarantine; the first of more are removed, and told of",
    )
    iot_dead_days: int = Field(
        default=365,
        ge=1,
        le=36_600,
        description="How long dead letters are kept after they came last; then they are removed, "
        "and told of [days]",
    )
    iot_dead_most: int = Field(
        default=200_000,
        ge=1,
        le=1_000_000_000,
        description="Most dead letters; the first of more are removed, and told of",
    )
    iot_routes: Path | None = Field(
        default=None,
        description="TOML file that says which decoder reads which topic; else the formats' own",
    )
    iot_webhooks: Path | None = Field(
        default=None,
        description="TOML file of who may send readings by webhook, with their secrets",
    )
    iot_care_s: float = Field(
        default=60.0,
        ge=0,
        le=86_400,
        description="How often ingestion has readings checked, summed up and, where they are too "
        "old, removed, by a process of its own; 0 never, where `canopy iot care` runs by itself "
        "[s]",
    )
    iot_metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65_503,
        description="Port at which a process of ingestion tells its metrics on this machine alone; "
        "each further worker at the next one. Absent, it tells none",
    )
    iot_watch_s: float = Field(
        default=10.0,
        ge=0,
        le=3_600,
        description="How often rules look at readings, in the process that sums readings up beside "
        "ingestion; 0 never, where `canopy iot watch` runs by itself [s]",
    )
    alarm_webhooks: Path | None = Field(
        default=None,
        description="TOML file of webhooks that rules may have told of alarms, with their secrets",
    )
    alarm_keep_days: int = Field(
        default=730, ge=1, le=36_600, description="How long cleared alarms are kept [days]"
    )
    iot_live_every_s: float = Field(
        default=1.0,
        ge=0.1,
        le=60,
        description="How often the service looks for new values while somebody listens [s]",
    )
    iot_live_listeners: int = Field(
        default=200,
        ge=1,
        le=10_000,
        description="Most who listen to live values at a time, per process; half of them without "
        "a token",
    )
    iot_stop_s: float = Field(
        default=20.0,
        ge=1,
        le=600,
        description="Longest time to store what has come when ingestion is stopped [s]",
    )

    mail_host: str | None = Field(
        default=None, max_length=253, description="Mail server (SMTP); no mail is sent when absent"
    )
    mail_port: int = Field(default=587, ge=1, le=65_535, description="Its port")
    mail_security: Literal["none", "starttls", "tls"] = Field(
        default="starttls",
        description="none only for a server on this machine: then nothing is encrypted",
    )
    mail_user: str | None = Field(default=None, max_length=255, description="Who signs in there")
    mail_password: SecretStr | None = Field(default=None, description="And with what")
    mail_from: str = Field(
        default="canopy@localhost.localdomain",
        max_length=255,
        pattern=r"^[^\s@]+@[^\s@]+$",
        description="Address that messages come from",
    )
    mail_timeout_s: float = Field(
        default=20.0, gt=0, le=300, description="Longest wait for an answer of the mail server [s]"
    )
    public_url: str | None = Field(
        default=None,
        max_length=500,
        pattern=r"^https?://[^\s]+$",
        description="Address that people reach the service at, for links in messages",
    )
    privacy_contact: str = Field(
        default="",
        max_length=300,
        description="Whom people ask about sensors and their rights, on the public pages: an "
        "address of mail, of post or a telephone number",
    )
    digest_to: str = Field(
        default="",
        max_length=4_000,
        description="Who is sent the digest of alerts of agreements whose manager has no address "
        "on record: addresses between commas; of some kinds, of every agreement, as in "
        "legal@example.org=break-notice+expiry, of all as in head@example.org=all",
    )

    @field_validator("db_url")
    @classmethod
    def _known_scheme(cls, value: SecretStr) -> SecretStr:
        scheme = value.get_secret_value().partition("://")[0]
        if scheme not in ("gpkg", "postgresql+psycopg"):
            raise ValueError("write it as gpkg:///absolute/path.gpkg or postgresql+psycopg://…")
        return value

    alert_break_opens_months: int = Field(
        default=1,
        ge=0,
        le=120,
        description="How early it is told that notice of a break may be given [months]",
    )
    alert_break_notice_months: int = Field(
        default=12,
        ge=0,
        le=120,
        description="How early the last day for notice of a break is told [months]",
    )
    alert_extension_notice_months: int = Field(
        default=12, ge=0, le=120, description="The same for notice of an extension [months]"
    )
    alert_index_review_months: int = Field(
        default=2, ge=0, le=120, description="How early the indexation of charges is told [months]"
    )
    alert_market_review_months: int = Field(
        default=9,
        ge=0,
        le=120,
        description="How early a review of the rent to the market is told [months]",
    )
    alert_expiry_months: int = Field(
        default=18, ge=0, le=120, description="How early the end of a term is told [months]"
    )
    alert_guarantee_ends_months: int = Field(
        default=6,
        ge=0,
        le=120,
        description="How early the end of a guarantor's guarantee is told [months]",
    )
    alert_notice_due_months: int = Field(
        default=1, ge=0, le=120, description="How early a notice to be published is told [months]"
    )
    alert_action_due_months: int = Field(
        default=1, ge=0, le=120, description="How early an action of a meeting is told [months]"
    )
    alert_payment_after_term_months: int = Field(
        default=6, ge=0, le=120, description="How early payments after the end are told [months]"
    )
    alert_deposit_return_months: int = Field(
        default=1, ge=0, le=120, description="How early the return of a deposit is told [months]"
    )
    alert_decision_days: int = Field(
        default=56,
        ge=0,
        le=730,
        description="Days that a decision takes before a notice is posted: a committee's cycle",
    )
    alert_service_working_days: int = Field(
        default=2,
        ge=0,
        le=30,
        description="Working days from posting until a notice counts as served",
    )

    @model_validator(mode="after")
    def _token_of_metrics(self) -> Self:
        if self.metrics == "token" and self.metrics_token is None:
            raise ValueError("CANOPY_METRICS is token: set CANOPY_METRICS_TOKEN too")
        return self

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _networks(cls, value: str) -> str:
        for each in filter(None, (part.strip() for part in value.split(","))):
            try:
                ip_network(each)
            except ValueError as error:
                raise ValueError(
                    "write addresses or networks such as 127.0.0.1,172.16.0.0/12; "
                    "whoever else could name themselves is not believed"
                ) from error
        return value

    @field_validator("base_map_url")
    @classmethod
    def _tile_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        address = urlsplit(value)
        is_web = address.scheme in ("http", "https") and _HOST.fullmatch(address.netloc)
        if not is_web or not all(part in address.path for part in ("{z}", "{x}", "{y}")):
            raise ValueError("write it as https://host/{z}/{x}/{y}.png")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        path = Path(os.environ.get("CANOPY_CONFIG", "canopy.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)


def load_settings(**overrides: object) -> Settings:
    """Read the settings; `overrides` that are not None win over file and environment.

    Raises BadSettings naming each wrong setting, never its value (it may be a secret).
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(
            f"CANOPY_{'_'.join(str(part) for part in each['loc']).upper()}: {each['msg']}"
            for each in error.errors(include_input=False)
        )
        raise BadSettings(f"{wrong}. See the settings reference.") from error
    except ValueError as error:  # the TOML file is not TOML
        raise BadSettings(f"The settings file cannot be read: {error}") from error
