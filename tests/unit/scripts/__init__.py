"""Tests of the repository's own checks."""
