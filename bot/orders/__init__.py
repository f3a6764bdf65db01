"""What operators do with orders: looking through them and taking them out."""
