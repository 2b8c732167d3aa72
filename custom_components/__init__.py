"""Lets tests and checks import the integration from this repository."""
