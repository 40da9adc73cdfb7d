"""Stands in for a gateway or a worker: answers /healthz and /readyz, and as a worker commits what it reads."""

import json
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from confluent_kafka import Consumer

from schemas.times import to_iso
from streams.clock import wall_ms
from streams.kafka_config import client_config
from streams.settings import Settings


class Fine(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


def work(settings: Settings, ended: threading.Event) -> None:
    consumer = Consumer(
        client_config(settings)
        | {"group.id": settings.namespace, "auto.offset.reset": "earliest", "enable.auto.commit": "false"}
    )
    consumer.subscribe([settings.topic("touchpoints"), settings.topic("facts")])
    while not ended.is_set():
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            consumer.commit(message, asynchronous=False)
    consumer.close()


def fail(settings: Settings, ended: threading.Event) -> None:
    """End at the first record, as a worker does that cannot go on: with a last word, and noise behind it."""
    consumer = Consumer(client_config(settings) | {"group.id": "failing", "auto.offset.reset": "earliest"})
    consumer.subscribe([settings.topic("touchpoints")])
    while not ended.is_set():
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            said = {"level": "critical", "timestamp": to_iso(wall_ms()), "event": "The worker ends: TooManyFailures(5)"}
            sys.stdout.write(json.dumps(said) + '\n{"level":"info","event":"done"}\n[]\nno JSON\n')
            break
    consumer.close()


def main(role: str) -> None:
    settings = Settings()
    ended = threading.Event()
    server = HTTPServer(("127.0.0.1", settings.gateway_port if role == "gateway" else settings.metrics_port), Fine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    if role == "worker":
        work(settings, ended)
    elif role == "failing worker":
        fail(settings, ended)
    else:
        ended.wait()


if __name__ == "__main__":
    main(sys.argv[1])
