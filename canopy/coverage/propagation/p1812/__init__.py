"""Recommendation ITU-R P.1812-7 (08/2023): point-to-area prediction from 30 MHz to 6 GHz.

`profile` reduces a terrain profile to a `Path`, `loss` works from that alone, `prediction`
checks what is asked and answers. Equation numbers are those of the Recommendation. ΔN and
N0 are the user's: the Recommendation's digital maps may not be passed on.
"""
