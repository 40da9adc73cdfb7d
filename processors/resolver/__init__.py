"""Who is who, from evidence that adds up. Pure: the same records give the same people, in whatever order they come."""
