"""Decides doses: dated steps that the product in hand can measure exactly, or a refusal."""
