"""Jobs: recorded before they are sent, followed to their end, delivered whole."""
