"""Where sound and picture come from."""
