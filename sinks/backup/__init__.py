"""Backup files of the lead library: written whole or not at all, checked when read."""

from sinks.backup.files import BadBackup, Header, Part, newest_chain, read_parts, write_file

__all__ = ["BadBackup", "Header", "Part", "newest_chain", "read_parts", "write_file"]
