"""Webhooks: what happens at the bar, told to other people's servers, as Standard Webhooks 1.0 has it."""
