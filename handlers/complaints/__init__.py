"""Complaints 投诉: what their words tell, how severe they are, what is committed to (C4, H3)."""
