"""Settings: the only reader of the environment. Every name has the prefix `WHETSTONE_`."""

import logging
import os
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

log = logging.getLogger(__name__)

PREFIX = "WHETSTONE_"
OTHERS = ("WHETSTONE_TEST_", "WHETSTONE_KEY", "WHETSTONE_STARTED_AS")  # for tests, `whetstone send`, the supervisor


class Settings(BaseSettings):
    """What a process needs to know. Sources, strongest first: environment, `<data_dir>/services.env`, defaults."""

    model_config = SettingsConfigDict(env_prefix="WHETSTONE_", extra="ignore", frozen=True, hide_input_in_errors=True)

    data_dir: Path = Field(Path(".whetstone"), description="Folder of the embedded services, secrets and logs")
    namespace: str = Field(
        "whetstone",
        pattern=r"^[a-z][a-z0-9_]{0,30}$",
        description="Redis key prefix, Postgres schema, group",
    )
    topic_prefix: str = Field("", pattern=r"^[a-z0-9_.-]{0,40}$", description="Prefix of every topic name")

    kafka_brokers: str = Field("127.0.0.1:9092", description="host:port, comma separated")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How brokers are spoken to"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "PLAIN", description="How to sign in where the protocol is SASL_…"
    )
    kafka_username: str = Field("", description="Who signs in where the protocol is SASL_…")
    kafka_password: SecretStr = Field(SecretStr(""), description="Password of kafka_username")
    kafka_ca_file: Path | None = Field(None, description="CA certificates of the brokers; empty: the system's")
    kafka_replication: int = Field(1, ge=1, le=7, description="Replicas of topics that Whetstone makes")
    schema_registry_url: str = Field("", description="Confluent Schema Registry; empty: the files that ship")
    touchpoint_partitions: int = Field(8, ge=1, le=1024, description="Fixed when the topic is made")
    fact_partitions: int = Field(8, ge=1, le=1024, description="Fixed when the topic is made; 64 in production")

    redis_url: SecretStr = Field(
        SecretStr("redis://127.0.0.1:6379/0"), description="State and inboxes; rediss:// for TLS, password included"
    )
    redis_cluster: bool = Field(False, description="Whether redis_url leads to a Redis Cluster")
    postgres_dsn: SecretStr = Field(
        SecretStr("postgresql://127.0.0.1:5432/whetstone"), description="The lead library; password included"
    )
    postgres_owner_dsn: SecretStr = Field(
        SecretStr(""), description="Who owns the tables, for `whetstone prepare` and `rules`; empty: postgres_dsn"
    )
    postgres_worker_role: str = Field(
        "", description="Existing role that `whetstone prepare` gives what workers and gateways need; empty: none"
    )

    worker_session_timeout_s: float = Field(10.0, ge=1, description="How long a worker may be silent, seconds")
    worker_rebalance_timeout_s: float = Field(3.0, ge=1, description="How long a rebalance waits for a worker, seconds")
    worker_stop_s: float = Field(10.0, gt=0, description="How long a worker that is asked to end may finish its slices")
    worker_stall_s: float = Field(
        120.0, ge=1, description="A worker with lag whose positions do not move ends, seconds"
    )
    worker_fetch_wait_ms: int = Field(20, ge=1, description="How long a broker may hold a fetch while nothing comes")
    worker_busy_fetch_pause_ms: float = Field(
        0,
        ge=0,
        description="Above 0: a broker answers fetches at once, and is asked again after this pause, or after the wait"
        " above when nothing comes. `whetstone up` sets it for Tansu, which holds a fetch whatever arrives",
    )
    slice_records: int = Field(2_000, ge=1, description="Records that a stage is given at once, at most")
    slices_at_once: int = Field(
        3, ge=1, description="Partitions that a worker works on at the same time; the others gather records meanwhile"
    )

    clock: Literal["wall", "events"] = Field(
        "wall", description="events: the wall clock plays no part (history, tests, replay)"
    )
    dedupe_days: int = Field(
        30, ge=1, description="How long a repeated event_id is recognised as a duplicate, days; then it is forgotten"
    )
    max_event_age_days: float = Field(
        0, ge=0, description="How old an event may be when it arrives, days; older ones are too_old. 0: any age"
    )
    allowed_lateness_ms: int = Field(5_000, ge=0, description="How late an event may come and still be in order")
    rule_book: Path | None = Field(None, description="First rule book of a new installation; default: the one shipped")

    gateway_host: str = Field("127.0.0.1", description="Interface that the gateway listens on")
    gateway_port: int = Field(8080, ge=0, le=65535, description="Port that the gateway listens on")
    gateway_public_url: str = Field("", description="Address that people and browsers reach the gateway by")
    metrics_host: str = Field("127.0.0.1", description="Interface of the workers' metrics and health")
    metrics_port: int = Field(0, ge=0, le=65535, description="Worker metrics, /healthz and /readyz; 0: a free port")
    notify_channels: SecretStr = Field(
        SecretStr(""),
        description="The notifier's channels, JSON with addresses and keys: docs/notifications.md",
    )
    notify_proxy: str = Field("", description="HTTP proxy of the notifier's channels; empty: none")
    secret: SecretStr = Field(SecretStr(""), description="Signs links and sessions; at least 32 characters")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What is worth a line")

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and len(text) < 32:
            raise ValueError("fewer than 32 characters; make one with: openssl rand -hex 32")
        return value

    @field_validator("redis_url")
    @classmethod
    def _leads_to_redis(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("an address that begins with redis://, rediss:// or unix://")
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
        """Read what `whetstone up` wrote below the data folder, under what the environment says."""
        given = {**env_settings(), **init_settings()}
        services = Path(given.get("data_dir", ".whetstone")) / "services.env"
        return init_settings, env_settings, DotEnvSettingsSource(settings_cls, env_file=services)

    @property
    def owner_dsn(self) -> str:
        """Return the address of PostgreSQL for who may make tables."""
        return self.postgres_owner_dsn.get_secret_value() or self.postgres_dsn.get_secret_value()

    def topic(self, name: str) -> str:
        """Return the real name of one of the contract's topics."""
        return self.topic_prefix + name


@cache
def settings() -> Settings:
    """Return the settings of this process, read once; what only looks like a setting is named in the log."""
    for name, meant in strangers(os.environ):
        log.warning("%s is no setting and passed over%s", name, f"; perhaps {meant} was meant" if meant else "")
    return Settings()


def strangers(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the names that look like settings and are none, each with the setting it is most like, if any."""
    known = [PREFIX + field.upper() for field in Settings.model_fields]
    found = sorted(
        name
        for name in names
        if name.upper().startswith(PREFIX) and name.upper() not in known and not name.upper().startswith(OTHERS)
    )
    return [(name, next(iter(get_close_matches(name.upper(), known, n=1, cutoff=0.8)), "")) for name in found]
