"""What studies showed: effects recomputed, pooled, compared with what was printed; it decides nothing."""
