"""Deterministic simulation: the real desk in one seeded loop of virtual time, with faults everywhere."""
