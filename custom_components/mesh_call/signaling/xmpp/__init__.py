"""Accounts: signals over XMPP, one connection each."""
