"""Streams that libav reads: RTMP, FLV, HLS, MJPEG, files."""
