"""Entity keys and derived ids: nothing here is random, so a redelivery makes the same ids again."""

from hashlib import blake2b
from zlib import crc32

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(
    first + second for first in _BASE32 for second in _BASE32
)  # of ten bits; b32encode takes five times as long
ENTITY_KINDS = ("lead", "rep", "deal", "region", "company", "segment", "report", "track", "source", "model")


def derived_id(*parts: str | int) -> str:
    """Return 20 lower-case base32 characters (100 bits) that depend on `parts` alone."""
    digest = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=13).digest()
    first, second, rest = int.from_bytes(digest[:5]), int.from_bytes(digest[5:10]), int.from_bytes(digest[10:])
    pairs = _PAIRS
    return (
        f"{pairs[first >> 30]}{pairs[first >> 20 & 1023]}{pairs[first >> 10 & 1023]}{pairs[first & 1023]}"
        f"{pairs[second >> 30]}{pairs[second >> 20 & 1023]}{pairs[second >> 10 & 1023]}{pairs[second & 1023]}"
        f"{pairs[rest >> 14]}{pairs[rest >> 4 & 1023]}"  # of the rest the first 20 bits of 24
    )


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
