"""How every librdkafka client of ours reaches the brokers."""

import logging
from typing import Any

from streams.settings import Settings

log = logging.getLogger("whetstone.kafka")


def client_config(settings: Settings) -> dict[str, Any]:
    """Return the librdkafka settings that all clients share: addresses, encryption, credentials, where they log."""
    config: dict[str, Any] = {
        "bootstrap.servers": settings.kafka_brokers,
        "client.id": settings.namespace,
        "security.protocol": settings.kafka_security_protocol,
        "logger": log,
    }
    if settings.kafka_security_protocol.startswith("SASL"):
        config["sasl.mechanism"] = settings.kafka_sasl_mechanism
        config["sasl.username"] = settings.kafka_username
        config["sasl.password"] = settings.kafka_password.get_secret_value()
    if settings.kafka_ca_file:
        config["ssl.ca.location"] = str(settings.kafka_ca_file)
    return config
