"""The HTTP API at `/api/v1`: orders, customers and the catalogue for other programs."""

PREFIX = "/api/v1"
