"""What a call is, in plain Python: it knows nothing of wires, media and homes."""
