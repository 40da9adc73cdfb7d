"""The steps of `processors.decode`: refusals, the envelope, the data of a type."""
