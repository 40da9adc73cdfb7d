"""Logs as one JSON object a line, with personal data masked, whichever library writes them."""

import json
import logging
import sys
from typing import Any, TextIO

import orjson
import structlog
from structlog.types import EventDict, Processor

from schemas.masking import mask_record, mask_text

# Libraries that write more than anybody reads; what they warn of still comes.
QUIET = ("aiokafka", "faust", "mode", "uvicorn.access", "httpx", "asyncio")
EXTRA = structlog.stdlib.ExtraAdder()


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log of this process, ours and the libraries', to `stream` (standard error) as JSON.

    Call it once, before anything logs. `level` is a name of the standard library's.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_shared(), EXTRA],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask, _json],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).handlers.clear()  # libraries that were imported first have their own
        logging.getLogger(name).propagate = True
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def mask(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Mask personal data in everything that is said: by the field's name, and wherever it looks like such data.

    A traceback keeps where it happened; what its last line quotes is masked as any text.
    """
    masked: EventDict = mask_record({name: value for name, value in event.items() if name not in FREE})
    for name in FREE & event.keys():
        masked[name] = mask_text(str(event[name]))
    return masked


FREE = frozenset(("event", "exception", "stack"))


def _json(_logger: Any, _method: str, event: EventDict) -> str:
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # a lone surrogate, or an integer beyond 64 bits
        return json.dumps(event, default=str)
