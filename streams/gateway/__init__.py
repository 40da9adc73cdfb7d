"""The HTTP edge: takes touchpoints in, counts clicks, and shows people their alerts."""
