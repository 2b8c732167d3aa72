"""An RTSP client of our own: picture, sound and ONVIF back channel."""
