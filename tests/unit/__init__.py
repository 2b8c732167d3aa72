"""Tests of single parts, most of them without Home Assistant."""
