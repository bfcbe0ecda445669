"""Files that people attach: told apart by their content, kept outside the database, and scanned."""
