"""What the school holds about its students, where each value comes from, and how rosters are read."""
