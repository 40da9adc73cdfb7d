"""Leads that become one person, and part again: their state, their memory and their alerts. Pure."""
