"""The fixtures lead to services that work."""

import psycopg
import redis
from confluent_kafka.admin import AdminClient

from streams.settings import Settings


def test_postgres_answers(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        row = connection.execute("SELECT current_database(), current_user, upper('é')").fetchone()
    assert row == ("whetstone", "whetstone", "É")


def test_the_administrator_may_make_roles_and_the_owner_may_not(postgres_dsn: str, postgres_admin_dsn: str) -> None:
    query = "SELECT current_database(), rolsuper FROM pg_roles WHERE rolname = current_user"
    with psycopg.connect(postgres_admin_dsn) as admin, psycopg.connect(postgres_dsn) as owner:
        assert admin.execute(query).fetchone() == ("whetstone", True)
        assert owner.execute(query).fetchone() == ("whetstone", False)


def test_redis_answers(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()


def test_kafka_knows_its_brokers(kafka_brokers: str) -> None:
    metadata = AdminClient({"bootstrap.servers": kafka_brokers}).list_topics(timeout=10)
    known = {f"{broker.host}:{broker.port}" for broker in metadata.brokers.values()}
    assert known == set(kafka_brokers.split(","))


def test_names_are_the_tests_own(isolated_settings: Settings, service_settings: Settings) -> None:
    assert isolated_settings.namespace != service_settings.namespace
    assert isolated_settings.topic("facts") != "facts"
