"""What operators do with one customer's data: taking them out whole, erasing them (E9)."""
