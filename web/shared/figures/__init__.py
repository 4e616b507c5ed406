"""What is drawn, and photos that are sent: charts, trends, pictures."""
