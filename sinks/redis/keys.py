"""Names of keys. What one script touches hashes to one slot of a Redis Cluster.

A partition's keys share the hash tag `{NAMESPACE:TOPIC.PARTITION}`. An inbox stream has no tag, so its whole name is
hashed; what belongs to it carries that name as its tag and lands in the same slot.
"""

BRACES = str.maketrans({"%": "%25", "{": "%7B", "}": "%7D"})


def partition_tag(namespace: str, topic: str, partition: int) -> str:
    """Return what every key of a partition begins with.

    >>> partition_tag("whetstone", "facts", 3)
    '{whetstone:facts.3}:'
    """
    return f"{{{namespace}:{topic}.{partition}}}:"


def inbox_key(namespace: str, recipient: str) -> str:
    """Return the key of a recipient's inbox stream. Braces, which Redis would take for a hash tag, are escaped.

    >>> inbox_key("whetstone", "rep:r17")
    'whetstone:inbox:rep:r17'
    """
    return f"{namespace}:inbox:{recipient.translate(BRACES)}"


def seen_key(namespace: str, recipient: str) -> str:
    """Return the key of the hash that says, per slot of the log, which signal an inbox got last.

    >>> seen_key("whetstone", "rep:r17")
    '{whetstone:inbox:rep:r17}:seen'
    """
    return f"{{{inbox_key(namespace, recipient)}}}:seen"
