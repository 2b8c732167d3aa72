"""Simulated cameras for tests: GStreamer's real server and one with bad manners."""
