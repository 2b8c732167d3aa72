"""A home to try Mesh Call in: Home Assistant, a front door and a dashboard."""
