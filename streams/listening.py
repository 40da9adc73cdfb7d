"""Taking a port for the HTTP of a process."""

import socket

import uvicorn


class PortTaken(Exception):
    """Another process listens there, or this one may not: choose another address."""


def bound(config: uvicorn.Config, settings: str) -> socket.socket:
    """Return a socket that is bound to the server's address; raises PortTaken, naming the settings that change it.

    As the server would, but for what it does when it cannot: it ends the process.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except OSError as error:
        listener.close()
        why = error.strerror or error
        raise PortTaken(f"cannot listen on {config.host}:{config.port} ({why}): choose another {settings}") from error
    return listener
