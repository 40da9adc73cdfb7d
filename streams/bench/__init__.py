"""Benchmarks: each compares with peers, or with the parts alone, in one run on the same data."""
