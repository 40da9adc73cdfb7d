"""The resolver of the event path: slices of events against what the library knows, in the order of arrival. Pure."""
