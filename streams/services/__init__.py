"""PostgreSQL, Valkey and a Kafka broker as child processes that outlive the command which started them."""

from streams.services.errors import ServiceError
from streams.services.stack import Stack, embedded

__all__ = ["ServiceError", "Stack", "embedded"]
