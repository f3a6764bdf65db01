"""The right side of a conversation: the customer, what the bot collected, devices, orders."""
