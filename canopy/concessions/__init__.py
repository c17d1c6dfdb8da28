"""What the council's assets earn, on which terms, and when something must be done.

All but `register`, which stores agreements, is pure: records and arrays in, records and arrays
out. No database, settings, clock or network; today's date is an argument.

Money in records is `Decimal` pounds or integer pence; arrays of models are floats. How each
figure is computed, and from which source, is told in ``docs/explanation/money.md``.
"""
