"""What WebRTC connections are made of: descriptions, candidates, RTP."""
