"""Pure decisions: no I/O, no clock, no randomness. The same input gives the same output, to the byte."""
