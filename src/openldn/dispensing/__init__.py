"""Making what a plan asks for: formulas, dilutions, capsules, dates, and how far off each may be."""
