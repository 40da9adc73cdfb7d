"""Where schema ids come from: the files that ship, or the Confluent Schema Registry when its URL is set."""

from schemas.registry import FileRegistry, Registry
from streams.settings import Settings


def registry_of(settings: Settings) -> Registry:
    """Return the registry, opened. Blocks; raises SinkUnavailable or SchemaRefused, which say what to do."""
    if not settings.schema_registry_url:
        return FileRegistry()
    from sinks.schema_registry import SchemaRegistry  # its client takes long to import, and warns meanwhile

    registry = SchemaRegistry(settings.schema_registry_url)
    registry.open()
    return registry
