"""Calls on disk: what the members send, as they sent it."""
