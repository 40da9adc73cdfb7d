"""The Faust app: its settings, and one agent of a few lines for each topic."""

import ssl
from collections.abc import Callable, Iterable
from typing import Any

import faust
from faust.app.base import BootStrategy
from faust.types.auth import CredentialsT

from streams.settings import Settings
from streams.transport import CODEC, SCHEME, SliceConsumer, SliceLimits
from streams.worker.lanes import Lanes

BUFFERED_SLICES = 1 << 16  # never reached: slices in flight are bounded per partition, and agents only pass them on


class EngineBoot(BootStrategy):
    """Starts the consumer and the agents: nothing is produced through Faust, nothing served."""

    enable_kafka_producer = False
    enable_web = False
    enable_sensors = False


class Engine(faust.App):
    """A Faust app whose consumer delivers slices. No tables, no web server, no topic of its own."""

    BootStrategy = EngineBoot
    slice_limits: SliceLimits
    fetch_wait_ms: int
    busy_fetch_pause_ms: float

    @property
    def slices(self) -> SliceConsumer:
        """The consumer; made on first use, inside the running loop."""
        if not isinstance(self.consumer, SliceConsumer):
            raise TypeError(f"the broker URL of an engine begins with {SCHEME}://")
        return self.consumer


def make_engine(settings: Settings, group: str, limits: SliceLimits) -> Engine:
    """Return the app of one worker in a consumer group. Call it inside the running loop."""
    app = Engine(
        group,
        broker=[f"{SCHEME}://{server.strip()}" for server in settings.kafka_brokers.split(",")],
        broker_credentials=_credentials(settings),
        store="memory://",
        table_standby_replicas=0,  # with standbys Faust insists on an assignor made for its tables
        datadir=settings.data_dir / "engine",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,  # topics are made before workers start, with the number of partitions on record
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=10_000,  # a topic that was made anew is noticed within that time
        stream_buffer_maxsize=BUFFERED_SLICES,
        stream_wait_empty=False,  # the consumer waits itself, within bounds
        broker_session_timeout=settings.worker_session_timeout_s,
        broker_heartbeat_interval=settings.worker_session_timeout_s / 4,
        broker_rebalance_timeout=settings.worker_rebalance_timeout_s,
        broker_commit_interval=0.5,
        broker_max_poll_interval=24 * 3600.0,  # the watchdog decides, not the group
    )
    app.slice_limits = limits
    app.fetch_wait_ms = settings.worker_fetch_wait_ms
    app.busy_fetch_pause_ms = settings.worker_busy_fetch_pause_ms
    return app


def add_agents(app: Engine, topics: Iterable[str], lanes: Lanes) -> None:
    """Subscribe to all topics, up front: one added later would wait 45 seconds for its partitions."""
    for name in topics:
        topic = app.topic(name, value_serializer=CODEC, key_serializer="raw")
        app.agent(topic, name=f"slices.{name}")(_agent(lanes))


def _agent(lanes: Lanes) -> Callable[[Any], Any]:
    async def hand_to_lane(stream: Any) -> None:
        async for event in stream.noack().events():
            lanes.submit(event.value, event.ack)

    return hand_to_lane


def _credentials(settings: Settings) -> CredentialsT | None:
    protocol = settings.kafka_security_protocol
    if protocol == "PLAINTEXT":
        return None
    context = None
    if protocol.endswith("SSL"):
        context = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if protocol == "SSL":
        return faust.SSLCredentials(context)
    return faust.SASLCredentials(
        username=settings.kafka_username,
        password=settings.kafka_password.get_secret_value(),
        ssl_context=context,
        mechanism=settings.kafka_sasl_mechanism,
    )
