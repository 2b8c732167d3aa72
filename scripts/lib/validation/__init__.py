"""What Home Assistant and its store ask of an integration, checked offline."""
