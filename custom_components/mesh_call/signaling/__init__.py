"""How signals travel: each file turns one wire into the same signals."""
