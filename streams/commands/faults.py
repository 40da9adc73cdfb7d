"""What a command says when something outside of it fails: what, where and what to do. Every command relies on it."""

from urllib.parse import urlsplit

import psycopg
import redis
from confluent_kafka import KafkaError, KafkaException
from psycopg.conninfo import conninfo_to_dict
from pydantic import ValidationError

from schemas.framing import CodecError
from schemas.rules import RuleBookError
from sinks.base import SchemaRefused, SinkUnavailable, first_line
from sinks.postgres.migrate import ChangedMigration
from sinks.postgres.snapshot import MissingTable
from streams.gateway.problems import Problem
from streams.listening import PortTaken
from streams.notifying.channels import ChannelsRefused
from streams.prepared import NotPrepared
from streams.refused import DecisionsRefused
from streams.services.errors import ServiceError
from streams.settings import Settings, settings
from streams.topics import TopicMismatch

SELF_EXPLAINING = (
    ChangedMigration, ChannelsRefused, CodecError, DecisionsRefused, NotPrepared, PortTaken, RuleBookError,
    SchemaRefused, ServiceError, TopicMismatch,
)  # fmt: skip
SILENT = frozenset((KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN))
RUNS = "`whetstone status` shows what runs, `whetstone up` starts it; one of your own:"


def said(error: BaseException) -> str | None:
    """Return what to tell a person about a failure, None for one that nobody foresaw."""
    match error:
        case ValidationError() if error.title == Settings.__name__:
            return _bad_settings(error)
        case Problem():
            return f"{error.status} {error.message}"
        case KafkaException():
            return _kafka(error.args[0])
        case SinkUnavailable():
            return _at(error.store, error.why)
        case MissingTable() | psycopg.errors.UndefinedTable() | psycopg.errors.InvalidSchemaName():
            return _at("postgres", first_line(error), "`whetstone prepare` makes what is missing")
        case psycopg.OperationalError():
            return _at("postgres", first_line(error))
        case psycopg.Error():
            return f"{_postgres_address(settings())[0]}: {first_line(error)}"
        case redis.RedisError():
            return _at("redis", first_line(error))
        case OSError() if error.filename:
            return f"{error.filename}: {error.strerror}"
        case _ if isinstance(error, SELF_EXPLAINING):
            return str(error)
    return None


def _bad_settings(error: ValidationError) -> str:
    """Name each setting that is wrong; never what it is set to, which may be a secret."""
    lines = [
        f"WHETSTONE_{'_'.join(map(str, one['loc'])).upper()}: {one['msg'].removeprefix('Value error, ')}"
        for one in error.errors(include_input=False, include_url=False)
    ]
    return "\n".join(["settings that cannot be used (deploy/settings/reference.env explains each):", *lines])


def _kafka(error: KafkaError) -> str:
    if error.code() in SILENT:
        return _at("kafka", f"no broker answers ({error.str()})")
    if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        return _at("kafka", error.str(), "`whetstone prepare` makes the topics")
    return _at("kafka", error.str())


def _at(store: str, why: str, advice: str = "") -> str:
    chosen = settings()
    where, setting = _ADDRESSES.get(store, _unknown)(chosen)
    return f"{where}: {why.rstrip('.')}. {advice or f'{RUNS} {setting}{_elsewhere(chosen, setting)}'}"


def _elsewhere(chosen: Settings, setting: str) -> str:
    """Return that the settings of an installation may lie in another folder, where nothing says where the store is."""
    if setting.removeprefix("WHETSTONE_").lower() in chosen.model_fields_set:
        return ""
    folder = chosen.data_dir.absolute()
    return f". No installation is in {folder}: run this where it is, or set WHETSTONE_DATA_DIR"


def _kafka_address(chosen: Settings) -> tuple[str, str]:
    return f"Kafka at {chosen.kafka_brokers}", "WHETSTONE_KAFKA_BROKERS"


def _redis_address(chosen: Settings) -> tuple[str, str]:
    parts = urlsplit(chosen.redis_url.get_secret_value())
    return f"Redis at {parts.hostname}:{parts.port or 6379}", "WHETSTONE_REDIS_URL"


def _postgres_address(chosen: Settings) -> tuple[str, str]:
    try:
        parts = conninfo_to_dict(chosen.postgres_dsn.get_secret_value())
    except psycopg.ProgrammingError:
        return "PostgreSQL at an address that cannot be read", "WHETSTONE_POSTGRES_DSN"
    return f"PostgreSQL at {parts.get('host', 'localhost')}:{parts.get('port', 5432)}", "WHETSTONE_POSTGRES_DSN"


def _registry_address(_chosen: Settings) -> tuple[str, str]:
    return "the schema registry", "WHETSTONE_SCHEMA_REGISTRY_URL"


def _unknown(_chosen: Settings) -> tuple[str, str]:
    return "a store", "deploy/settings/reference.env"


_ADDRESSES = {
    "kafka": _kafka_address,
    "redis": _redis_address,
    "postgres": _postgres_address,
    "schema registry": _registry_address,
}
