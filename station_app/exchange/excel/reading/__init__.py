"""Files into tables, one module a format: every cell with its value, error, number format, formula, merge and visibility."""
