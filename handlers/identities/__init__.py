"""Several identities of one customer: proven, joined, parted again (A3)."""
