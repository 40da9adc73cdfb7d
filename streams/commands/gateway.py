"""`whetstone gateway`: one HTTP gateway."""

import logging
import signal
import socket
from types import FrameType

import click
import uvicorn
from fastapi import FastAPI

from streams.gateway.app import create_app
from streams.gateway.opening import opened
from streams.gateway.protocol import BoundedProtocol
from streams.listening import bound
from streams.logs import configure
from streams.settings import settings

log = logging.getLogger("whetstone.gateway")

START_FAILED = 3
GRACE_S = 10  # for requests that are being answered when the process is asked to end


class Server(uvicorn.Server):
    """Says when it serves; ends the open event streams first, which would never end by themselves."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving."""
        await super().startup(sockets)
        for listener in sockets or ():
            if self.started:
                log.info("gateway listens on http://%s:%d", *listener.getsockname()[:2])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        app = self.config.app
        if isinstance(app, FastAPI) and hasattr(app.state, "context"):
            app.state.context.feed.close()
        await super().shutdown(sockets)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


@click.command()
@click.option("--host", help="Address to listen on; default: WHETSTONE_GATEWAY_HOST.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0: a free one; default: WHETSTONE_GATEWAY_PORT.")
def gateway(host: str | None, port: int | None) -> None:
    """Run one HTTP gateway until it is asked to end."""
    chosen = settings()
    configure(chosen.log_level)
    if not chosen.secret.get_secret_value():
        raise click.UsageError("WHETSTONE_SECRET is not set: make one with `openssl rand -hex 32`")
    config = uvicorn.Config(
        create_app(lambda: opened(chosen)),
        host=host or chosen.gateway_host,
        port=chosen.gateway_port if port is None else port,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_S,
    )
    listener = bound(config, "--host and --port, or WHETSTONE_GATEWAY_HOST and _PORT")
    server = Server(config)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)  # the server raises the signal that ended it once more, when it has stopped
    server.run(sockets=[listener])
    if not server.started:
        raise SystemExit(START_FAILED)
