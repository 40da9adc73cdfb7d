"""The parts of the entity step: what it has come to so far, control records, leads that go by another's name."""
