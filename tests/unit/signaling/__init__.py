"""Tests of how signals travel."""
