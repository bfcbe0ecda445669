"""Personal data in what people write: found, told by field and kind, and redacted (L1.2j, W1.8)."""
