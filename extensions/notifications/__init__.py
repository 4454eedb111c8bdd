"""Notifications: ready, cancelled or too late, told where the customer asked to be told."""
