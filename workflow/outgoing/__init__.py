"""What leaves the house and comes back: export jobs, batches and their answers, lists, forms, archives."""
