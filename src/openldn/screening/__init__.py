"""May this patient have this therapy? Findings, each from one rule, weighed into one of four verdicts."""
