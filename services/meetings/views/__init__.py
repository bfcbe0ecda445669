"""What meetings' HTTP door takes and gives: shapes only."""
