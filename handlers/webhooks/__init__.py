"""Webhooks out: what other programs are told of orders (docs/api.md)."""
