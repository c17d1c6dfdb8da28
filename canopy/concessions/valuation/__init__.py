"""What agreements and plans are worth: present values, returns, accounts and comparisons.

Amounts are pounds in arrays of floats, by year: entry 0 is now, entry t is year t. Real and
nominal amounts are different types, as are their rates, and nothing takes one for the other.
"""
