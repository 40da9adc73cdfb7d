"""The transport that Faust finds under `slices://host:port`, and the codec that leaves its messages alone."""

from typing import Any, ClassVar

from faust.serializers import codecs
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver

from streams.transport.consumer import SliceConsumer

SCHEME = "slices"
CODEC = "slice"


class Transport(driver.Transport):
    """As Faust's for aiokafka, with a consumer that delivers slices."""

    Consumer: ClassVar[type[SliceConsumer]] = SliceConsumer


class SliceCodec(codecs.Codec):
    """Leaves a slice as it is: a record that cannot be decoded is rejected by a stage, not thrown into a queue."""

    def _loads(self, s: Any) -> Any:
        return s

    def _dumps(self, s: Any) -> Any:
        return s


def register() -> None:
    """Make the scheme and the codec known to Faust; done when `streams.transport` is imported."""
    TRANSPORTS.aliases[SCHEME] = f"{Transport.__module__}:{Transport.__qualname__}"
    codecs.register(CODEC, SliceCodec())
