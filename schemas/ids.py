"""Entity keys and derived ids: nothing here is random, so a redelivery makes the same ids again."""

from base64 import b32encode
from hashlib import blake2b
from zlib import crc32

ENTITY_KINDS = ("lead", "rep", "deal", "region", "company", "segment", "report", "track", "source", "model")


def derived_id(*parts: str | int) -> str:
    """Return 20 lower-case base32 characters (100 bits) that depend on `parts` alone."""
    digest = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=13).digest()
    return b32encode(digest).decode().lower()[:20]


def entity_key(kind: str, name: str) -> str:
    """Return the key of an entity, `kind:name`, which is also its Kafka key."""
    return f"{kind}:{name}"


def kind_of(entity: str) -> str:
    """Return the kind of an entity key: what stands before the first colon."""
    return entity.partition(":")[0]


def partition_of(entity: str, partitions: int) -> int:
    """Return the `facts` partition of an entity: CRC-32 of the key, as librdkafka's `consistent` partitioner."""
    return crc32(entity.encode()) % partitions
