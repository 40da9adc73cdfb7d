"""Entity keys and derived ids: nothing here is random, so a redelivery makes the same ids again."""

from hashlib import blake2b
from zlib import crc32

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(
    first + second for first in _BASE32 for second in _BASE32
)  # of ten bits; b32encode takes five times as long
_PLACES = tuple(range(90, -1, -10))
ENTITY_KINDS = ("lead", "rep", "deal", "region", "company", "segment", "report", "track", "source", "model")


def derived_id(*parts: str | int) -> str:
    """Return 20 lower-case base32 characters (100 bits) that depend on `parts` alone."""
    digest = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=13).digest()
    bits = int.from_bytes(digest) >> 4  # the first 100
    return "".join([_PAIRS[bits >> place & 1023] for place in _PLACES])


def entity_key(kind: str, name: str) -> str:
    """Return the key of an entity, `kind:name`, which is also its Kafka key."""
    return f"{kind}:{name}"


def kind_of(entity: str) -> str:
    """Return the kind of an entity key: what stands before the first colon."""
    return entity.partition(":")[0]


def partition_of(entity: str, partitions: int) -> int:
    """Return the `facts` partition of an entity: CRC-32 of the key, as librdkafka's `consistent` partitioner."""
    return partition_of_key(entity.encode(), partitions)


def partition_of_key(key: bytes, partitions: int) -> int:
    """Return the partition of a record with this key, likewise."""
    return crc32(key) % partitions
