"""The senders, and what they send: feed records, letters, calendar invitations."""
