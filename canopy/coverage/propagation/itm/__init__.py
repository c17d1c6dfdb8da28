"""The Irregular Terrain Model of Longley and Rice, version 1.2.2: 20 MHz to 20 GHz.

Sources: G. A. Hufford, "The ITS Irregular Terrain Model, version 1.2.2: the Algorithm" (NTIA,
1995); its equation numbers are used here, and tables and approximations are from it. G. A.
Hufford, A. G. Longley and W. A. Kissick, NTIA Report 82-100 (1982), for what inputs mean. P. L.
Rice and others, NBS Technical Note 101 (1967), for troposcatter. Limits, cautions and the
rounding of a profile to whole steps are as in NTIA's ITM 1.4.

`profile` reduces a terrain profile to a `Path`, and `siting` the statistics of an area;
`reference` gives what a path loses over free space at the median, out of `line_of_sight`,
`diffraction` and `troposcatter`; `variability` the quantiles about it; `prediction` checks what
is asked and answers. Lengths inside are in metres and angles in radians.
"""
