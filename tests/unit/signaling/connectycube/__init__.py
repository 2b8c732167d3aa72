"""Tests of the ConnectyCube dialect."""
