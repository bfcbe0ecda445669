"""The one door out: feeds, mails, and the ledger of what was disclosed."""
