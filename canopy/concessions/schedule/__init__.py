"""What is due when, to the penny: schedules, invoices, corrections and receipts.

Rounding. A year's amount is rounded half up to the penny. Instalments of it are differences
of the rounded part-sums, so that those of a whole year sum to the year's amount. A period in
which the amount changes, or that is cut short, is weighted by days and rounded once. VAT is
rounded half up for each line.
"""
