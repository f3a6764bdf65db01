"""Tests of understanding: intents, details, hazards, the knowledge base."""
