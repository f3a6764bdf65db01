"""Looking after the knowledge base: import, versions, export, reports, and what the running desk quotes."""
