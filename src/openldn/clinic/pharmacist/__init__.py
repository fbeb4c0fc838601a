"""Pages of pharmacists."""
