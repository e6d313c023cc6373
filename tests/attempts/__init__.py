"""A year of contact attempts, and an independent reference of what domain.md says about each."""
