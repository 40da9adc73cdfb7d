"""What data is: Avro files, pydantic models, the rule book, the wire codec. Imports nothing of ours."""
