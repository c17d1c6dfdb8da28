"""What nobody decided about: how long quarantine and dead letters are kept, and how many."""
