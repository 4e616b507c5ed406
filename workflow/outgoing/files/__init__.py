"""What a frozen batch hands over: its register, its folders of papers, its tables as DBF, and its letter."""
