"""What agents write: canned replies, names in them, words that must not be sent."""
