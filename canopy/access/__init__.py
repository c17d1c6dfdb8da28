"""Who may do what: principals, roles and tokens."""
