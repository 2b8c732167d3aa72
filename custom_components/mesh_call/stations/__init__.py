"""Stations: what Home Assistant itself speaks for."""
