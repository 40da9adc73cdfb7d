"""Micro-batches for Faust: one message per slice of a partition, and an exact account of offsets (decision 0006)."""

from streams.transport.consumer import SliceConsumer
from streams.transport.driver import CODEC, SCHEME, register
from streams.transport.listener import Listener
from streams.transport.partition import LogRewound, Position
from streams.transport.slices import OwnRecord, Record, Slice, SliceLimits

register()

__all__ = [
    "CODEC", "SCHEME", "Listener", "LogRewound", "OwnRecord", "Position", "Record", "Slice", "SliceConsumer",
    "SliceLimits",
]  # fmt: skip
