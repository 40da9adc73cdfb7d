"""Leads out of the library: which ones, by whom, and into what file."""
