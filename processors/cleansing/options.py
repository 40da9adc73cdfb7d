"""What every cleansing rule may depend on: the rule book's section, and the key for identity numbers."""

import msgspec

from schemas.rules.cleansing import CleansingRules


class CleansingOptions(msgspec.Struct, frozen=True):
    """The rule book's `cleansing` section and the secret under which identity numbers are hashed.

    Without `id_number_key` (at least 16 bytes, from the settings, never from the rule book) identity numbers are
    shown masked only: a hash without a key could be reversed by trying all numbers.
    """

    rules: CleansingRules = CleansingRules()
    id_number_key: bytes = b""
