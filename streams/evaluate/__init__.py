"""Measuring cleansing, identity and models on files; one command a file."""
