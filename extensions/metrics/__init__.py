"""Metrics: what the bar made, day by day, counted from the log; with charts to read from a chair."""
