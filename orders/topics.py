"""Topics of the ordering app."""
