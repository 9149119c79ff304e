"""One door per library."""
