"""Dispatch 派单: who gets an order, by rules, and why (E3, E4)."""
