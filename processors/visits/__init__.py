"""Field visits: each way in which a rep's track can be doubtful, as a pure function of its own small state."""
