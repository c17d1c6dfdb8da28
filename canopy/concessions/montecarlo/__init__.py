"""How uncertain the income of a portfolio is: draws, percentiles and what matters most.

All amounts are real, in the prices of year 1. P10 is the low figure: one draw in ten is below.
"""
