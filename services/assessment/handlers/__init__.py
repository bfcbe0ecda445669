"""What assessment does: load, decide, save, announce, in the transaction that it is given."""
