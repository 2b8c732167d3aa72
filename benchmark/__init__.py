"""Measures Mesh Call beside other ways to bring a camera into a call."""
