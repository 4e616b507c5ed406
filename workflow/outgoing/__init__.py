"""What leaves: full ID numbers, phones and papers, only as an export job that a second person approves."""
