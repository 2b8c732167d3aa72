"""A small RTSP server that behaves as badly as real devices do.

It sends a real picture (H264) and sound, and counts what it is told.
"""

from .camera import BadCamera, bad_camera
from .manners import Manners

__all__ = ["BadCamera", "Manners", "bad_camera"]
