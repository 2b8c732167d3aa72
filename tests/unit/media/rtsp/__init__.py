"""Tests of rtsp."""
