"""Where sound and picture go: loudspeakers."""
