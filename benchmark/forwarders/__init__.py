"""What brings the camera to its receivers: Mesh Call and three others."""
