"""Coverage runs over the catalogue: what is asked, run as a job, stored and found again."""
