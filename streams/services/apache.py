"""Apache Kafka in KRaft mode: the reference that the embedded broker is compared with."""

import shutil
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import ClassVar
from uuid import NAMESPACE_OID, uuid5

from streams.services.account import write_private
from streams.services.apache_jars import jars
from streams.services.errors import ServiceError
from streams.services.ports import LOOPBACK, free_port, is_free
from streams.services.service import Service
from streams.services.tansu import ask_broker

MAX_BROKERS = 3


class ApacheKafka(Service):
    """One broker. The first is the cluster's controller too; the others find it by the file with its port."""

    name = "kafka"
    title = "Apache Kafka"
    start_timeout = 90.0
    node: ClassVar[int] = 1
    size: ClassVar[int] = 1

    @property
    def config(self) -> Path:
        """The broker's configuration."""
        return self.place.home / "server.properties"

    @property
    def data(self) -> Path:
        """The folder of the log segments."""
        return self.place.home / "data"

    @property
    def _controller_file(self) -> Path:
        return self.place.home.parent / ApacheKafka.name / "controller-port"

    def _controller_port(self) -> int:
        file = self._controller_file
        port = int(file.read_text(encoding="ascii")) if file.exists() else 0
        if self.node == 1 and (not port or not is_free(port)):
            port = free_port()
            write_private(file, str(port))
        return port

    def command(self, port: int) -> list[str]:
        """Write the configuration, format the storage the first time, and return the command line."""
        write_private(self.config, self._properties(port, self._controller_port()), self.place.account)
        if not (self.data / "meta.properties").exists():
            self._format()
        return [*self._java("-Xms256m", "-Xmx1g"), "kafka.Kafka", str(self.config)]

    def _java(self, *options: str) -> list[str]:
        java = shutil.which("java")
        if java is None:
            raise ServiceError("Apache Kafka needs Java 17 or newer, and there is no `java` on the PATH")
        quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        return [java, *options, quiet, "-cp", f"{jars()}/*"]

    def _format(self) -> None:
        # With "=": one id in 64 begins with a hyphen, and would be read as an option of its own.
        options = [
            "format",
            f"--cluster-id={cluster_id(self.place.secrets.installation)}",
            "--config",
            str(self.config),
            "--ignore-formatted",
        ]
        command = [*self._java("-Xmx256m"), "kafka.tools.StorageTool", *options]
        self.run(command, "the storage of Apache Kafka could not be formatted")

    def _properties(self, port: int, controller: int) -> str:
        mine = f"PLAINTEXT://{LOOPBACK}:{port}"
        first = self.node == 1
        values = {
            "process.roles": "broker,controller" if first else "broker",
            "node.id": self.node,
            "listeners": f"{mine},CONTROLLER://{LOOPBACK}:{controller}" if first else mine,
            "advertised.listeners": mine,
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
            "log.dirs": self.data,
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0,
            "offsets.topic.num.partitions": 8,
            "offsets.topic.replication.factor": self.size,
            "share.coordinator.state.topic.replication.factor": self.size,
            "transaction.state.log.num.partitions": 4,
            "transaction.state.log.replication.factor": self.size,
            "transaction.state.log.min.isr": 1,
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())

    def check(self, port: int) -> str:
        """Ask for the cluster's metadata."""
        ask_broker(port)
        return ""

    def addresses(self, port: int) -> dict[str, str]:
        """Return the address of this broker; the last of several says how many replicas there can be."""
        found = {"WHETSTONE_KAFKA_BROKERS": f"{LOOPBACK}:{port}"}
        if self.node == self.size:
            found["WHETSTONE_KAFKA_REPLICATION"] = str(self.size)
        return found


def cluster_id(installation: str) -> str:
    """Return the id of an installation's Kafka cluster: 22 characters of URL-safe base64, always the same."""
    return urlsafe_b64encode(uuid5(NAMESPACE_OID, installation).bytes).decode().rstrip("=")


def cluster(brokers: int) -> tuple[type[ApacheKafka], ...]:
    """Return the services of a cluster of one to three brokers; replicas are spread over all of them."""
    if not 1 <= brokers <= MAX_BROKERS:
        raise ValueError(f"a cluster on one machine has 1 to {MAX_BROKERS} brokers, not {brokers}")
    return tuple(_member(node, brokers) for node in range(1, brokers + 1))


def _member(node: int, size: int) -> type[ApacheKafka]:
    name = ApacheKafka.name if node == 1 else f"{ApacheKafka.name}-{node}"
    title = f"{ApacheKafka.title} {node} of {size}"
    return type(f"ApacheKafka{node}", (ApacheKafka,), {"name": name, "title": title, "node": node, "size": size})
