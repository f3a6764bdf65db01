"""Fees 收费: amounts as people write them, and quotations in which warranty says what is free."""
