"""How sound and picture travel; aiortc and PyAV live here only."""
