"""Text in, understanding out: intents, details and the knowledge base; no I/O after loading."""
