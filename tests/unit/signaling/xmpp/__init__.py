"""Accounts, against a real Prosody where it matters."""
