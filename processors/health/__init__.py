"""The health index: what a customer does, how that is remembered week by week, and what it is worth."""
