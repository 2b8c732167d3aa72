"""Tests of cameras that are read by RTSP, as a source."""
