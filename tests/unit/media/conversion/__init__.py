"""Tests of the conversion of pictures."""
