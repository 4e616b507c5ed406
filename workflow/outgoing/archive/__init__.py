"""What is kept and passed on: a campaign's archive, a student's card, the file that goes with a student."""
