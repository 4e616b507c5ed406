"""What bodies outside answer to a batch: read from their file, judged row by row, taken all at once."""
