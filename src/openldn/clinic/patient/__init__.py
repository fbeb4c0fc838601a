"""Pages of patients, made for a phone."""
