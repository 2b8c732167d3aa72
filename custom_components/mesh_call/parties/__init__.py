"""Parties: how they are named, found and set."""
