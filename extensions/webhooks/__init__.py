"""Webhooks: what happens at the bar, sent to other people's servers by Standard Webhooks 1.0."""
