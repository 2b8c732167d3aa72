"""Tests of Mesh Call."""
