"""What notifications does: load, decide, save, announce, in the transaction that it is given."""
