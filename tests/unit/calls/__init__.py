"""Tests of what a call is."""
