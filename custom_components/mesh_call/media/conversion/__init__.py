"""Pictures no receiver takes, or too many bits of them: decoded and encoded once."""
