"""A simulated year of the service, and the books at its end."""
