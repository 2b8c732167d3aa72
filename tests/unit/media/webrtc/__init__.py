"""Tests of the WebRTC side of media, against stock aiortc peers on loopback."""
