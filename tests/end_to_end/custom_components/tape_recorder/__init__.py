"""A media player for tests: what it plays is kept, as it came, in a file."""
