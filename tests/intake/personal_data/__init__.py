"""A synthetic set of texts in which personal data is marked, and how well it is found there."""
