"""Screens: which page of the frontend is which."""
