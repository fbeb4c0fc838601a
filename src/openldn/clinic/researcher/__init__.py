"""Pages of researchers: nothing about anybody."""
