"""Notifications: a drink is ready, cancelled or too late, told by the ways the customer chose."""
