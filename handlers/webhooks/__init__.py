"""Webhooks out: what other programs are told of orders and customers (docs/api.md)."""
