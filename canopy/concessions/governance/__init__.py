"""How a contract is to be looked after, changed and bought: advice with its source, no verdict.

References S:n are to lines of the strategy that Canopy answers (LGA, 2017).
"""
