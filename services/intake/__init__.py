"""The one door in: the provider register, agencies, concerns, signals, receipts and refusals."""
