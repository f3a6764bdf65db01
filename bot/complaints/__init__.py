"""The register of complaints as tables (H3)."""
