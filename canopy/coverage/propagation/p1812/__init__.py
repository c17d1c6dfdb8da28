"""Recommendation ITU-R P.1812-7 (08/2023): point-to-area prediction from 30 MHz to 6 GHz.

`profile` reduces a terrain profile to a `Path`, `even` one of equal steps over land, many
times as fast; `loss` works from the path alone, `prediction` checks what is asked and
answers. Equation numbers are those of the Recommendation. ΔN and N0 are the user's, or
constants: the Recommendation's digital maps may not be passed on (`refractivity`).
"""
