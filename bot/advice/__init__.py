"""Advice from an OpenAI-compatible model for what the desk is unsure of; optional, never needed."""
