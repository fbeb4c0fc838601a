"""Pages of prescribers."""
