"""Stands in for a gateway or a worker: answers /healthz and /readyz, and as a worker commits what it reads."""

import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from confluent_kafka import Consumer

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


def main(role: str) -> None:
    settings = Settings()
    ended = threading.Event()
    server = HTTPServer(("127.0.0.1", settings.gateway_port if role == "gateway" else settings.metrics_port), Fine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    if role == "worker":
        work(settings, ended)
    else:
        ended.wait()


if __name__ == "__main__":
    main(sys.argv[1])
