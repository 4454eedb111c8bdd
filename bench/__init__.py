"""Measuring and breaking the bar on purpose."""
