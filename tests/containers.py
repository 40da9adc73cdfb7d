"""The services in containers, where there is a Docker engine: one set per worker, the images of docker-compose.yml."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from pydantic import SecretStr
from testcontainers.kafka import KafkaContainer
from testcontainers.postgres import PostgresContainer
from testcontainers.redis import RedisContainer

from streams.settings import Settings

COMPOSE = Path(__file__).parents[1] / "docker-compose.yml"


def image(service: str) -> str:
    """Return the pinned image of a service of docker-compose.yml."""
    name: str = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"][service]["image"]
    return name


@contextmanager
def containers() -> Iterator[Settings]:
    """Give settings that lead to fresh containers; they end with the block."""
    with (
        PostgresContainer(image("postgres"), driver=None, dbname="whetstone", username="whetstone") as postgres,
        RedisContainer(image("redis"), password="throw-away") as redis,
        KafkaContainer(image("kafka")).with_kraft() as kafka,
    ):
        yield Settings(
            postgres_dsn=SecretStr(postgres.get_connection_url()),
            redis_url=SecretStr(
                f"redis://:throw-away@{redis.get_container_host_ip()}:{redis.get_exposed_port(redis.port)}/0"
            ),
            kafka_brokers=kafka.get_bootstrap_server(),
        )
