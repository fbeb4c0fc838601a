"""Pages of administrators: accounts and settings, no care."""
