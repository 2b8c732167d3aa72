"""Those who watch a call in the place of a station, which has no display of its own."""
