"""Starting a service until it answers, and stopping it: whatever it was that ended the last time."""

from dataclasses import dataclass, replace
from pathlib import Path

from streams.services.errors import with_log
from streams.services.ports import free_port
from streams.services.process import Record, end_all, find, lives, spawn, stop
from streams.services.service import Service
from streams.waiting import wait_until

ATTEMPTS = 3  # a port that was free may be taken before the service listens on it


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of a service now; `error` says why it is not healthy, empty when it is.

    `remark` says why one that is healthy cannot take work all the same.
    """

    name: str
    title: str
    running: bool
    pid: int | None
    port: int | None
    version: str
    error: str
    remark: str = ""

    @property
    def healthy(self) -> bool:
        """Whether the service runs and answers."""
        return self.running and not self.error


def health(service: Service, record_file: Path) -> Health:
    """Ask a service how it is; never raises because of the service's own state."""
    record = Record.read(record_file)
    if record is None or record.process is None:
        return Health(service.name, service.title, False, None, None, "", _why_gone(service, record))
    version, remark, error = "", "", ""
    try:
        version = service.check(record.port)
        remark = service.remark(record.port)
    except Exception as refused:  # every client raises its own; whichever it is becomes the health's text
        error = f"does not answer: {type(refused).__name__}: {refused}".strip()
    return Health(service.name, service.title, True, record.pid, record.port, version, error, remark)


def start(service: Service, record_file: Path, preferred: int = 0) -> bool:
    """Make a service run and answer; return False when it did already.

    The port of the last time is used again when it is free, the first time `preferred`. What an unclean end left
    behind (children of a killed server, one that runs but no longer answers) is ended first. Raises ServiceError
    with the tail of the log.
    """
    if health(service, record_file).healthy:
        return False
    last = Record.read(record_file)
    if last:
        stop(last, how=service.stop_signal)
    end_all(find(service.is_stray))
    service.prepare()
    for attempt in range(ATTEMPTS):
        port = free_port(0 if attempt else (last.port if last else preferred))
        record = _launch(service, port)
        record.write(record_file)
        if _answers(service, record):
            service.started(port)
            return True
    raise with_log(f"{service.title} ended while it was starting, {ATTEMPTS} times", service.place.log)


def halt(service: Service, record_file: Path) -> bool:
    """Stop a service and whatever it left; return False when nothing was running."""
    record = Record.read(record_file)
    strays = find(service.is_stray)
    ran = bool(strays) or bool(record and record.process)
    if record:
        stop(record, how=service.stop_signal, patience=service.start_timeout)
        replace(record, stopped=True).write(record_file)
    end_all([process for process in strays if lives(process)])
    return ran


def _why_gone(service: Service, record: Record | None) -> str:
    if record is None or record.stopped is not False:
        return "not running"
    said = service.last_words(record.began)
    return f"ended by itself{f': {said}' if said else ''}; its log: {service.place.log}"


def _launch(service: Service, port: int) -> Record:
    place = service.place
    return spawn(
        service.command(port),
        environment=service.environment(port),
        cwd=place.home,
        log=place.log,
        account=place.account,
        port=port,
    )


def _answers(service: Service, record: Record) -> bool:
    """Wait for the service; return False when it ended, raise when it runs but says nothing in time."""
    said: list[str] = [""]

    def settled() -> bool:
        if record.process is None:
            return True
        try:
            service.ready(record.port)
        except Exception as refused:  # not ready yet; the last reason is shown when the time is up
            said[0] = f"{type(refused).__name__}: {refused}".strip()
            return False
        return True

    if not wait_until(settled, service.start_timeout):
        stop(record, how=service.stop_signal)
        why = f"{service.title} does not answer on port {record.port} after {service.start_timeout:g} s ({said[0]})"
        raise with_log(why, service.place.log)
    return record.process is not None
