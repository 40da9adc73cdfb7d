"""The history that cannot be lost: verifying it, its backups, and the library rebuilt from either copy."""
