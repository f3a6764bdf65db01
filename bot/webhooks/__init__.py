"""Delivering webhooks: signed, retried, in order per order."""
