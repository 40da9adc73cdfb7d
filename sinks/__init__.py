"""The only external writes: Postgres, Redis, Kafka, and the memory fake that behaves like them."""
