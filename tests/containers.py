"""The services in containers, where there is a Docker engine: those of docker-compose.yml, on ports of our own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr
from testcontainers.compose import DockerCompose

from streams.services.ports import LOOPBACK, free_port
from streams.settings import Settings

ROOT = Path(__file__).parents[1]
SERVICES = ["kafka", "redis", "postgres"]
PASSWORD = "throw-away"


@contextmanager
def containers() -> Iterator[Settings]:
    """Give settings that lead to fresh containers, with a project name of their own; they end with the block."""
    ports = {f"{service.upper()}_PORT": free_port() for service in SERVICES}
    with tempfile.NamedTemporaryFile("w", suffix=".env", encoding="utf-8") as file:
        file.write("".join(f"{name}={value}\n" for name, value in environment(ports).items()))
        file.flush()
        with DockerCompose(ROOT, services=SERVICES, env_file=file.name, wait=True, keep_volumes=False):
            yield settings(ports)


def environment(ports: dict[str, int]) -> dict[str, str]:
    """Return the variables that docker-compose.yml asks for."""
    secrets = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "GRAFANA_PASSWORD", "WHETSTONE_SECRET")
    return {
        "COMPOSE_PROJECT_NAME": f"whetstone-tests-{uuid4().hex[:8]}",
        **dict.fromkeys(secrets, PASSWORD),
        **{name: str(port) for name, port in ports.items()},
    }


def settings(ports: dict[str, int]) -> Settings:
    """Return the settings that lead to the containers."""
    return Settings(
        postgres_dsn=SecretStr(f"postgresql://whetstone:{PASSWORD}@{LOOPBACK}:{ports['POSTGRES_PORT']}/whetstone"),
        redis_url=SecretStr(f"redis://:{PASSWORD}@{LOOPBACK}:{ports['REDIS_PORT']}/0"),
        kafka_brokers=f"{LOOPBACK}:{ports['KAFKA_PORT']}",
    )
