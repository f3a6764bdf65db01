"""The agents' desk in a Telegram group: one topic a conversation, beside the console (G3)."""
