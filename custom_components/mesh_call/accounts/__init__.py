"""Accounts: logins to servers, and the contacts reached through them."""
