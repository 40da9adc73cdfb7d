"""Purchase probability: when a lead is scored, and when people hear of it."""
