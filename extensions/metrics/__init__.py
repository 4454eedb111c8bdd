"""Metrics: drinks made and orders ended, by store and day, counted from the events of the log."""
