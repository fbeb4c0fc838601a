"""All that the clinic keeps: the only tables there are."""
