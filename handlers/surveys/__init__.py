"""What is behind the survey: its settings, what words say about a service, which answer counts (F4)."""
